import { readEventStream, type ReadStream } from './caller.js';

/** An event stream that a test reads step by step. */
export class OpenStream {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly decoder = new TextDecoder();
  private received = '';

  constructor(response: Response) {
    if (response.status !== 200 || response.body === null) {
      throw new Error(`Not a stream, but status ${response.status}`);
    }
    this.reader = response.body.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  }

  /** Until so many pieces have come. @throws Error when the stream ends before */
  async pieces(count: number): Promise<string[]> {
    for (;;) {
      const { pieces } = readEventStream(this.received);
      if (pieces.length >= count) return pieces;
      if (!(await this.readOn())) throw new Error(`The stream ended: ${this.received}`);
    }
  }

  /** Everything, once the stream has ended. */
  async whole(): Promise<ReadStream> {
    let hasMore = true;
    while (hasMore) hasMore = await this.readOn();
    return readEventStream(this.received);
  }

  private async readOn(): Promise<boolean> {
    const { done, value } = await this.reader.read();
    if (!done) this.received += this.decoder.decode(value, { stream: true });
    return !done;
  }
}
