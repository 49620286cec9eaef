import { GatheredBytes } from '../../platform/http/gathered-bytes.js';

const decoder = new TextDecoder();

/** The upstream sends more than UPSTREAM_MAX_ANSWER_BYTES allows, or in more pieces than any answer has. */
export class AnswerTooLargeError extends Error {}

/** Counts what has come of one answer. */
export class SizeLimit {
  private size = 0;

  constructor(private readonly most: number) {}

  /** @throws AnswerTooLargeError */
  add(size: number): void {
    this.size += size;
    if (this.size > this.most) throw new AnswerTooLargeError();
  }
}

/**
 * A body as text, as far as it is wanted: what is longer is cut, and the rest is never read.
 *
 * @param most bytes
 * @throws what the body fails with
 */
export async function readBeginning(
  body: AsyncIterable<Uint8Array>,
  most: number,
): Promise<string> {
  const gathered = new GatheredBytes();
  let left = most;
  // Leaving the loop destroys the body.
  for await (const bytes of body) {
    gathered.add(bytes.subarray(0, left));
    left -= bytes.length;
    if (left <= 0) break;
  }
  return decoder.decode(gathered.concat());
}

/**
 * A whole body as text.
 *
 * @param most bytes
 * @param hold told how many bytes came each time; may throw
 * @throws AnswerTooLargeError, or what the body fails with
 */
export async function readText(
  body: AsyncIterable<Uint8Array>,
  most: number,
  hold: (bytes: number) => void = () => undefined,
): Promise<string> {
  const limit = new SizeLimit(most);
  const gathered = new GatheredBytes();
  // Leaving the loop by an error destroys the body.
  for await (const bytes of body) {
    limit.add(bytes.length);
    hold(bytes.length);
    gathered.add(bytes);
  }
  return decoder.decode(gathered.concat());
}
