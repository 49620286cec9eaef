import type { Logger } from '@nestjs/common';

/**
 * The leases in one table that this process holds, renewed with one statement for all of them. A
 * process that dies stops renewing; one whose lease had run out before is told so.
 */
export class HeldLeases {
  /** By the lease: what to do when it is lost. */
  private readonly held = new Map<string, () => void>();

  /** @param renewAll lengthens those that have not run out; resolves with the ones that still hold */
  constructor(
    private readonly renewAll: (leases: readonly string[]) => Promise<readonly string[]>,
    private readonly logger: Logger,
  ) {}

  /** Renews the lease from now on, until it is given up or lost. */
  hold(lease: string, onLost: () => void): void {
    this.held.set(lease, onLost);
  }

  giveUp(lease: string): void {
    this.held.delete(lease);
  }

  async renew(): Promise<void> {
    const leases = [...this.held.keys()];
    if (leases.length === 0) return;
    try {
      const renewed = new Set(await this.renewAll(leases));
      for (const lease of leases) if (!renewed.has(lease)) this.held.get(lease)?.();
    } catch (error) {
      // What they are for goes on: its last write tests the lease, and the next renewal may succeed.
      this.logger.error(`Leases could not be renewed: ${String(error)}`);
    }
  }
}
