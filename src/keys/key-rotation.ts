import type { KeySelection } from './key-pool.js';
import { isSuspectFor, type PooledKey } from './pooled-key.js';

/** Keys in turn. Only those that can serve are in it, so a turn never passes thousands of dead ones. */
export class KeyRotation {
  private readonly keys: PooledKey[] = [];
  private readonly places = new Map<PooledKey, number>();
  private turn = 0;

  get size(): number {
    return this.keys.length;
  }

  add(key: PooledKey): void {
    if (this.places.has(key)) return;
    this.places.set(key, this.keys.push(key) - 1);
  }

  /** The last one takes its place, so that nothing has to be moved. */
  delete(key: PooledKey): void {
    const place = this.places.get(key);
    if (place === undefined) return;
    this.places.delete(key);
    const last = this.keys.pop();
    if (!last || last === key) return;
    this.keys[place] = last;
    this.places.set(last, place);
  }

  /** The next key that can serve this call. */
  next(call: KeySelection, now: number, evenSuspect: boolean): PooledKey | null {
    const key = this.from(this.turn, call, now, evenSuspect);
    if (key) this.turn = (this.places.get(key) ?? 0) + 1;
    return key;
  }

  /** The key that a number points at, or the next one that can serve; takes nobody's turn. */
  at(number: number, call: KeySelection, now: number, evenSuspect: boolean): PooledKey | null {
    return this.from(number, call, now, evenSuspect);
  }

  *[Symbol.iterator](): IterableIterator<PooledKey> {
    yield* this.keys;
  }

  private from(
    start: number,
    call: KeySelection,
    now: number,
    evenSuspect: boolean,
  ): PooledKey | null {
    const { length } = this.keys;
    for (let step = 0; step < length; step += 1) {
      const key = this.keys[(start + step) % length];
      if (key?.canServe(call, now) && (evenSuspect || !isSuspectFor(call, key))) return key;
    }
    return null;
  }
}
