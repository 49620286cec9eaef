import { once } from 'node:events';
import type { Response } from 'express';

/** Ends when the caller has read enough for more to be written, or is gone. */
export async function drained(response: Response): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  try {
    await Promise.race(['drain', 'close'].map((event) => once(response, event, { signal })));
  } finally {
    settled.abort();
  }
}
