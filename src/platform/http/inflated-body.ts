import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Request } from 'express';
import { UnsupportedEncodingError } from '../errors/http.errors.js';

/** A body without its content encoding. */
export interface InflatedBody {
  stream: Readable;
  /** Bytes, where they were announced and mean the same without the encoding. */
  length: number | null;
}

/** Undoes gzip, deflate and br. @throws UnsupportedEncodingError for another encoding */
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

function inflaterOf(encoding: string) {
  switch (encoding) {
    case 'gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new UnsupportedEncodingError();
  }
}
