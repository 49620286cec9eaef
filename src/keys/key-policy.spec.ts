import { effectOf, type KeyEffect } from './key-policy.js';
import type { KeySignal } from './key-signal.js';

const hourMs = 3_600_000;
const removed: KeyEffect = { type: 'remove' };
const unchanged: KeyEffect = { type: 'none' };
const chosenLast: KeyEffect = { type: 'cool', forMs: 60_000, chosenLast: true };

function cooling(forMs: number): KeyEffect {
  return { type: 'cool', forMs, chosenLast: false };
}

function rateLimited(retryAfterMs: number | null): KeySignal {
  return { type: 'rate-limited', retryAfterMs };
}

describe('what becomes of a key', () => {
  it.each<[KeySignal, KeyEffect, KeyEffect]>([
    [{ type: 'served' }, unchanged, unchanged],
    [{ type: 'forbidden' }, unchanged, unchanged],
    [{ type: 'rejected' }, removed, chosenLast],
    [{ type: 'quota-exhausted' }, removed, chosenLast],
  ])('after %j: %j with AUTO_REMOVE_KEYS, %j without', (signal, automatic, kept) => {
    expect(effectOf(signal, true)).toEqual(automatic);
    expect(effectOf(signal, false)).toEqual(kept);
  });

  it.each([
    [1, 1],
    [1_500, 1_500],
    [hourMs, hourMs],
  ])('believes the upstream that asks it to wait for %i ms', (retryAfterMs, forMs) => {
    expect(effectOf(rateLimited(retryAfterMs), true)).toEqual(cooling(forMs));
    expect(effectOf(rateLimited(retryAfterMs), false)).toEqual(cooling(forMs));
  });

  it.each([null, 0, -5_000, hourMs + 1, Number.POSITIVE_INFINITY])(
    'waits for 20 s when the upstream asks for %p ms',
    (retryAfterMs) => {
      expect(effectOf(rateLimited(retryAfterMs), true)).toEqual(cooling(20_000));
    },
  );
});
