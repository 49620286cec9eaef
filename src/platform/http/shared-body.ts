import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import { Once } from '../lifecycle/once.js';

/** Of 11: what the highest saves beyond it, a tenth, takes seconds. */
const brotliQuality = 6;

/** How bytes are compressed, by the name of the encoding; what is smallest comes first. */
const compressions = {
  br: (bytes: Buffer) =>
    promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality },
    }),
  gzip: promisify<Buffer, Buffer>(gzip),
} as const;

type Encoding = keyof typeof compressions;

const encodings: readonly Encoding[] = ['br', 'gzip'];

/** Bytes that are the same for everyone who asks: compressed once, when somebody first takes that. */
export class SharedBody {
  private readonly compressed: Readonly<Record<Encoding, Once<Buffer>>>;

  constructor(private readonly bytes: Buffer) {
    this.compressed = {
      br: new Once(() => compressions.br(bytes)),
      gzip: new Once(() => compressions.gzip(bytes)),
    };
  }

  /** Sends them as small as the caller takes them; the Content-Type is set already. */
  async send(request: Request, response: Response): Promise<void> {
    response.vary('Accept-Encoding');
    const encoding = encodings.find((known) => request.acceptsEncodings(known) === known);
    if (encoding === undefined) {
      response.send(this.bytes);
      return;
    }
    const compressed = await this.compressed[encoding].get();
    response.set('Content-Encoding', encoding).send(compressed);
  }
}
