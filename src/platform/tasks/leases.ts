import { Logger } from '@nestjs/common';

/** What this process holds for as long as it renews it; a process that dies stops renewing. */
export class Leases {
  private readonly logger = new Logger(Leases.name);
  /** By what is held: what to do when it is lost. */
  private readonly held = new Map<string, () => void | Promise<void>>();

  /** @param renewAll lengthens leases by one statement for all; returns those that still hold */
  constructor(private readonly renewAll: (held: readonly string[]) => Promise<string[]>) {}

  /** @param lose is called when a renewal finds it lost */
  hold(id: string, lose: () => void | Promise<void>): void {
    this.held.set(id, lose);
  }

  get size(): number {
    return this.held.size;
  }

  has(id: string): boolean {
    return this.held.has(id);
  }

  release(id: string): void {
    this.held.delete(id);
  }

  /** Renews every lease; those that could not be are another's. */
  async renew(): Promise<void> {
    const ids = [...this.held.keys()];
    if (ids.length === 0) return;
    try {
      const renewed = new Set(await this.renewAll(ids));
      for (const id of ids) if (!renewed.has(id)) await this.held.get(id)?.();
    } catch (error) {
      // Work goes on: each commit finds out for itself, and the next renewal may succeed.
      this.logger.error(`Leases could not be renewed: ${String(error)}`);
    }
  }
}
