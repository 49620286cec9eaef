/** So many at one place show that nothing can be measured there; each may have taken as long as a timeout. */
const MOST_AT_ONE_PLACE = 100;
const REASON_CHARACTERS = 300;

/** Every answer that was not what it had to be: a broken server must not count as a fast one. */
export class Failures {
  #count = 0;
  readonly #countByReason = new Map<string, number>();
  readonly #countByPlace = new Map<string, number>();

  get count(): number {
    return this.#count;
  }

  get reasons(): string[] {
    return [...this.#countByReason].map(([reason, count]) => `${count} × ${reason}`);
  }

  add(place: string, reason: string): void {
    this.#count++;
    increment(this.#countByReason, `${place}: ${reason.slice(0, REASON_CHARACTERS)}`);
    increment(this.#countByPlace, place);
  }

  /** @throws when there were too many at this place to go on. */
  assertFewAt(place: string): void {
    const count = this.#countByPlace.get(place) ?? 0;
    if (count >= MOST_AT_ONE_PLACE) throw new Error(`stopped after ${count} wrong answers`);
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
