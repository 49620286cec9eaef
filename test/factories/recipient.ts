import type { Recipient } from '../../src/upstreams/dialects/dialect.js';

/** Someone who is asked, and has refused nothing else so far. */
export function recipient(
  refused: readonly string[] = [],
  more: Partial<Recipient> = {},
): Recipient {
  return {
    refused: new Set(refused),
    isOf: () => true,
    affinity: null,
    refusesThoughts: false,
    ...more,
  };
}
