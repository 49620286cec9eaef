import { randomBytes } from 'node:crypto';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const digits = 22;

/** Where ids come from, so that tests can foresee them. */
export abstract class IdSource {
  /** `<prefix>_` and 22 base62 characters that nobody can guess. */
  abstract next(prefix: 'conv' | 'item' | 'share' | 'turn' | 'req'): string;
}

/** 128 bits of the system's random source in each id. */
export class RandomIdSource extends IdSource {
  next(prefix: string): string {
    return `${prefix}_${base62(randomBytes(16))}`;
  }
}

/** A 128-bit number in base 62, padded to {@link digits} characters. */
function base62(bytes: Buffer): string {
  let rest = (bytes.readBigUInt64BE(0) << 64n) | bytes.readBigUInt64BE(8);
  let text = '';
  for (let i = 0; i < digits; i += 1) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}
