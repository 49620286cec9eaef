import { pipeline, type Readable, type Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import type { Request } from 'express';
import { UnsupportedEncodingError } from '../errors/http.errors.js';
import { unsafeCast } from '../unsafe-cast.js';

/** What Node 22.15 and later have of Zstandard, and no version before. */
interface Zstandard {
  createZstdDecompress(options: { params: Record<number, number> }): zlib.Zlib & Transform;
  constants: { ZSTD_d_windowLogMax: number };
}

const zstandard = 'createZstdDecompress' in zlib ? unsafeCast<Zstandard>(zlib) : null;

/**
 * How much of what it said before a body may refer to, as a power of two: 8 MiB, the most that RFC 9659
 * allows here. All of it is held as long as the body comes.
 */
const widestWindow = 23;

/** A body without its content encoding. */
export interface InflatedBody {
  stream: Readable;
  /** Bytes, where they were announced and mean the same without the encoding. */
  length: number | null;
}

/**
 * Undoes gzip, deflate and br, and zstd where this Node has it.
 *
 * @throws UnsupportedEncodingError for another encoding
 */
export function inflated(request: Request): InflatedBody {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity') {
    const length = request.headers['content-length'];
    return { stream: request, length: length === undefined ? null : Number(length) };
  }
  const inflater = inflaterOf(encoding);
  // Whatever ends the pipeline ends the inflater with the same error, which its reader sees.
  pipeline(request, inflater, () => undefined);
  return { stream: inflater, length: null };
}

function inflaterOf(encoding: string): Transform {
  switch (encoding) {
    case 'gzip':
      return zlib.createGunzip();
    case 'deflate':
      return zlib.createInflate();
    case 'br':
      return zlib.createBrotliDecompress();
    case 'zstd':
      if (zstandard) return decompressorOf(zstandard);
      break;
  }
  throw new UnsupportedEncodingError(zstandard !== null);
}

function decompressorOf(zstandard: Zstandard): Transform {
  const { ZSTD_d_windowLogMax: widest } = zstandard.constants;
  return zstandard.createZstdDecompress({ params: { [widest]: widestWindow } });
}
