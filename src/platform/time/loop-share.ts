import type { Clock } from './clock.js';

/** How long one kind of work may have the event loop before everything else has its turn, unless said. */
const usualMs = 20;

/**
 * Keeps one kind of work, which does not wait for anything, from having the event loop for as long as
 * there is more of it: a turn of the loop serves whatever has come, and fifty calls that read
 * megabytes would be one turn. What comes when the share of a turn is used up waits for a later turn,
 * which begins with it; one after the other, in their order.
 */
export class LoopShare {
  /** When the work of this turn began; null before the first of it. */
  private beganAt: number | null = null;
  private readonly waiting: (() => void)[] = [];

  /** @param shareMs milliseconds of one turn of the loop; work that has begun may take longer */
  constructor(
    private readonly clock: Clock,
    private readonly shareMs = usualMs,
  ) {}

  /** @returns null when there is time in this turn: most need no promise */
  next(): Promise<void> | null {
    if (this.beganAt === null) this.begin();
    else if (this.waiting.length > 0 || this.isUsedUp(this.beganAt)) {
      return new Promise((resolve) => this.waiting.push(resolve));
    }
    return null;
  }

  /** Whether work that began then should leave the rest of it to a later turn. */
  isUsedUp(beganAt: number): boolean {
    return this.clock.monotonic() - beganAt >= this.shareMs;
  }

  private begin(): void {
    this.beganAt = this.clock.monotonic();
    setImmediate(this.endTurn);
  }

  private readonly endTurn = (): void => {
    this.beganAt = null;
    const resolve = this.waiting.shift();
    if (!resolve) return;
    this.begin();
    resolve();
  };
}
