/** The most that an answer in one piece may have: it is in memory as a whole before it is read. */
export const maxAnswerBytes = 4 * 1024 * 1024;
/** The longest line of a stream: a piece, with everything around it. */
const maxLineBytes = 1024 * 1024;
/** A whole stream, with some hundred bytes around every token; it passes through as it comes. */
const maxStreamBytes = 64 * maxLineBytes;

const lineFeed = 0x0a;
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

/** Counts the bytes of a stream and of the line that is not yet complete, which a reader must keep. */
export class StreamLimit {
  private readonly whole = new SizeLimit(maxStreamBytes);
  private line = 0;

  /** @throws AnswerTooLargeError */
  add(bytes: Uint8Array): void {
    this.whole.add(bytes.length);
    const end = bytes.lastIndexOf(lineFeed);
    this.line = end < 0 ? this.line + bytes.length : bytes.length - end - 1;
    if (this.line > maxLineBytes) throw new AnswerTooLargeError();
  }
}

/** A whole body as text. @throws AnswerTooLargeError, or what the body fails with */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const limit = new SizeLimit(maxAnswerBytes);
  const chunks: Uint8Array[] = [];
  // Leaving the loop by an error destroys the body.
  for await (const bytes of body) {
    limit.add(bytes.length);
    chunks.push(bytes);
  }
  return decoder.decode(Buffer.concat(chunks));
}
