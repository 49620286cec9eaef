import type { KeySelection } from './key-pool.js';
import { isSuspectFor, type PooledKey } from './pooled-key.js';

/** Enough that keys share conversations evenly. */
const pointsPerKey = 32;
/** A point and its key's index in one number: 32 bits and 20 bits of the 53 that are exact. */
const indexBits = 2 ** 20;
/** When so many keys in a row are out, others are better found elsewhere. */
const longestWalk = 64;

/**
 * Which conversation prefers which key: each key has points on a ring, and a conversation goes to
 * the first usable key from its own point on. Keys that come or go move only their own conversations,
 * in every process alike, because points follow from fingerprints.
 */
export class KeyRing {
  private keys: PooledKey[] = [];
  private points = new Float64Array(0);

  /** Sorts the points again; only for a change of membership. */
  rebuild(keys: Iterable<PooledKey>): void {
    this.keys = [...keys];
    this.points = new Float64Array(this.keys.length * pointsPerKey);
    let place = 0;
    for (const [index, { fingerprint }] of this.keys.entries()) {
      const low = Number.parseInt(fingerprint.slice(0, 8), 16);
      const high = Number.parseInt(fingerprint.slice(8, 16), 16);
      for (let point = 0; point < pointsPerKey; point += 1) {
        this.points[place++] = mixed(low ^ mixed(high + point)) * indexBits + index;
      }
    }
    this.points.sort();
  }

  /**
   * The first key from the call's point on that can serve it; null when a long walk finds none.
   *
   * @param isLast whether among those that are deprioritized, or among all others
   */
  find(
    point: number,
    call: KeySelection,
    now: number,
    evenSuspect: boolean,
    isLast: boolean,
  ): PooledKey | null {
    const { length } = this.points;
    const start = this.firstFrom(point * indexBits);
    for (let step = 0; step < Math.min(length, longestWalk); step += 1) {
      const key = this.keys[(this.points[(start + step) % length] ?? 0) % indexBits];
      if (!key?.canServe(call, now) || key.isDeprioritized !== isLast) continue;
      if (evenSuspect || !isSuspectFor(call, key)) return key;
    }
    return null;
  }

  private firstFrom(value: number): number {
    let low = 0;
    let high = this.points.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.points[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Where on the ring a text lies: 32 bits (FNV-1a, then mixed). */
export function pointOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return mixed(hash);
}

/** Spreads neighbouring numbers over all 32 bits (the finalizer of MurmurHash3). */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
