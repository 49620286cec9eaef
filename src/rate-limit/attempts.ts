import type { ThrottlerStorage } from '@nestjs/throttler';

/** What is tried to be opened, and by whom. */
export interface Attempt {
  /** Names it among all that can be tried. */
  target: string;
  /** The address that it comes from. */
  client: string;
}

const minuteMs = 60_000;
const mostByClient = 10;
const mostInAll = 100;

/**
 * Attempts at something that a secret opens: ten a minute from one address and a hundred from all of
 * them. An address that tries on does not use up what the others have.
 */
export class Attempts {
  /**
   * One storage for each of the two, so that whoever comes from many addresses makes neither forget
   * what was tried in all.
   */
  constructor(
    private readonly byClient: ThrottlerStorage,
    private readonly inAll: ThrottlerStorage,
  ) {}

  /** Counts an attempt. @returns whole seconds until the next one is let past; 0 when this one is */
  async count({ target, client }: Attempt): Promise<number> {
    const own = await this.take(this.byClient, `${target}:${client}`, mostByClient);
    return own > 0 ? own : this.take(this.inAll, target, mostInAll);
  }

  private async take(storage: ThrottlerStorage, key: string, limit: number): Promise<number> {
    const name = 'attempts';
    const counted = await storage.increment(`${name}:${key}`, minuteMs, limit, 0, name);
    return counted.isBlocked ? counted.timeToBlockExpire : 0;
  }
}
