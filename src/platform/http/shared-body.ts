import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Request, Response } from 'express';

const compress = promisify(gzip);

/** Bytes that are the same for everyone who asks: compressed once, when somebody first takes that. */
export class SharedBody {
  private compressed: Promise<Buffer> | null = null;

  constructor(private readonly bytes: Buffer) {}

  /** Sends them as the caller prefers; the Content-Type is set already. */
  async send(request: Request, response: Response): Promise<void> {
    response.vary('Accept-Encoding');
    if (request.acceptsEncodings('gzip', 'identity') !== 'gzip') {
      response.send(this.bytes);
      return;
    }
    this.compressed ??= compress(this.bytes);
    response.set('Content-Encoding', 'gzip').send(await this.compressed);
  }
}
