import { GatheredBytes } from '../../platform/http/gathered-bytes.js';

/**
 * The most that an answer may have which is taken apart as a whole: the bytes of one that comes in
 * one piece, and the characters of the items of a response that are put together from a stream.
 */
export const maxWholeAnswerSize = 4 * 1024 * 1024;
/** A whole stream, with some hundred bytes around every token; it passes through as it comes. */
export const maxStreamBytes = 64 * 1024 * 1024;

const decoder = new TextDecoder();

/** The upstream sends more than any answer has; reading on would only fill the memory. */
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

/** A whole body as text. @throws AnswerTooLargeError, or what the body fails with */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const limit = new SizeLimit(maxWholeAnswerSize);
  const gathered = new GatheredBytes();
  // Leaving the loop by an error destroys the body.
  for await (const bytes of body) {
    limit.add(bytes.length);
    gathered.add(bytes);
  }
  return decoder.decode(gathered.concat());
}
