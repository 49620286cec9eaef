import { randomFillSync } from 'node:crypto';

const alphabet = Buffer.from('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz');
const digits = 22;

/** What an id is of; items of the `/v1` API say of which kind they are, as OpenAI's do. */
type IdPrefix =
  | 'conv'
  | 'item'
  | 'msg'
  | 'fc'
  | 'fco'
  | 'ctc'
  | 'ctco'
  | 'rs'
  | 'ws'
  | 'fs'
  | 'ci'
  | 'ig'
  | 'mcp'
  | 'mcpl'
  | 'mcpr'
  | 'cmp'
  | 'resp'
  | 'call'
  | 'share'
  | 'turn'
  | 'req'
  | 'key'
  | 'evt';

/** Where ids come from, so that tests can foresee them. */
export abstract class IdSource {
  /** `<prefix>_` and 22 base62 characters that nobody can guess. */
  abstract next(prefix: IdPrefix): string;
}

/** Characters drawn from the system's random source, with 131 bits in each id. */
export class RandomIdSource extends IdSource {
  /** Drawn in advance: the system's source costs the same for one byte and for many. */
  private readonly pool = Buffer.alloc(4_096);
  private used = this.pool.length;
  /** Characters in one place: a string that grows by one leaves a string for each. */
  private readonly drawn = Buffer.alloc(digits);

  next(prefix: string): string {
    for (let digit = 0; digit < digits;) {
      // Six bits; the two values beyond the alphabet are drawn again, so that all are equally likely.
      const character = alphabet[this.byte() & 63];
      if (character === undefined) continue;
      this.drawn[digit] = character;
      digit += 1;
    }
    return `${prefix}_${this.drawn.toString('latin1')}`;
  }

  private byte(): number {
    if (this.used === this.pool.length) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    return this.pool.readUInt8(this.used++);
  }
}
