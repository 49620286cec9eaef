import { StringDecoder } from 'node:string_decoder';
import { createParser } from 'eventsource-parser';

const END = '[DONE]';

export interface StreamedText {
  pieces: string[];
  /** Whether the end mark came, with nothing after it and no error event before it. */
  isComplete: boolean;
}

/** Reads an event stream as a conforming client does, chunk by chunk. */
export class EventStreamReader {
  readonly pieces: string[] = [];
  #ends = 0;
  #strays = 0;
  // undici's own setEncoding does not reach its async iterator, and a character may be cut in two.
  readonly #decoder = new StringDecoder('utf8');
  readonly #parser;

  constructor(onPiece?: (piece: string) => void) {
    this.#parser = createParser({
      onEvent: ({ event, data }) => {
        if (event !== undefined || this.#ends > 0) {
          this.#strays++;
        } else if (data === END) {
          this.#ends++;
        } else {
          this.pieces.push(data);
          onPiece?.(data);
        }
      },
      onError: () => {
        this.#strays++;
      },
    });
  }

  get isComplete(): boolean {
    return this.#ends === 1 && this.#strays === 0;
  }

  async readAll(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) this.#parser.feed(this.#decoder.write(chunk));
  }

  feed(text: string): void {
    this.#parser.feed(text);
  }
}

export function readEventStream(text: string): StreamedText {
  const reader = new EventStreamReader();
  reader.feed(text);
  return { pieces: reader.pieces, isComplete: reader.isComplete };
}
