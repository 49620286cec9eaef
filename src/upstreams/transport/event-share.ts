/** Characters of events, which are some milliseconds of work. */
const mostCharacters = 32_768;

/**
 * What a stream may hand over once it has begun: more than one read brings of most answers. One that
 * stopped in the middle of a read would write what it has, and the rest later, which costs more than
 * all else that is done for a short one.
 */
export const portion = 16_384;

/**
 * Keeps all streams together from having the event loop for as long as their upstreams send. In one
 * turn of the loop Node reads what has come on every connection, megabytes if there is as much, and
 * accepts a single new one, so that callers would wait for all of it once for each caller before
 * them. What is more than the share of a turn waits for a later one; one stream after the other.
 */
export class EventShare {
  private taken = 0;
  private waiting: (() => void)[] = [];
  private isScheduled = false;

  /**
   * Counts on from turn to turn until somebody has to wait: what comes slowly waits once in a while,
   * which costs less than to look for the end of every turn.
   *
   * @returns whether a stream may hand over up to a {@link portion} now
   */
  get isLeft(): boolean {
    return this.taken < mostCharacters;
  }

  /** @param characters that a stream hands over */
  take(characters: number): void {
    this.taken += characters;
  }

  /** @param goOn is called in a later turn, when something may be handed over */
  wait(goOn: () => void): void {
    this.waiting.push(goOn);
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(this.begin);
  }

  private readonly begin = (): void => {
    this.isScheduled = false;
    this.taken = 0;
    const ready = this.waiting;
    this.waiting = [];
    let next = 0;
    for (; next < ready.length && this.taken < mostCharacters; next += 1) ready[next]?.();
    // Those that wait again do so behind the others.
    this.waiting = [...ready.slice(next), ...this.waiting];
    if (this.waiting.length > 0) this.schedule();
  };
}
