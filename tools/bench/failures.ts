const KEPT_REASONS = 10;
/** So many show that nothing can be measured; each may have taken as long as a timeout. */
const MOST_FAILURES = 100;

/** Every answer that was not what it had to be: a broken server must not count as a fast one. */
export class Failures {
  readonly reasons: string[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @throws when there are too many to go on. */
  add(where: string, reason: string): void {
    this.#count++;
    if (this.reasons.length < KEPT_REASONS) this.reasons.push(`${where}: ${reason.slice(0, 300)}`);
    if (this.#count < MOST_FAILURES) return;
    throw new Error(
      `Stopped after ${this.#count} wrong answers, such as:\n${this.reasons.join('\n')}`,
    );
  }
}
