import { hash, timingSafeEqual } from 'node:crypto';

/** SHA-256 of text in UTF-8 or of bytes. */
export function sha256(content: string | Buffer): Buffer {
  return hash('sha256', content, 'buffer');
}

/**
 * Whether a header's value is the secret, in a time that says nothing about either: digests of
 * equal length are compared. Node reads headers as latin1, so that a secret beyond ASCII arrives as
 * the bytes of its UTF-8.
 */
export function isSecret(value: string, secretDigest: Buffer): boolean {
  return timingSafeEqual(sha256(Buffer.from(value, 'latin1')), secretDigest);
}
