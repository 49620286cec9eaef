import {
  createCipheriv,
  createDecipheriv,
  randomBytes,
  scrypt,
  type ScryptOptions,
} from 'node:crypto';
import { promisify } from 'node:util';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;
const keyBytes = 32;
/** 16 MiB and some 50 ms: once at the start, and for each guess of whoever stole the database. */
const cost: ScryptOptions = { N: 16_384, r: 8, p: 1 };

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** Seals secrets with one key (AES-256-GCM), like that derived from KEY_ENCRYPTION_SECRET (scrypt). */
export class KeyCipher {
  private constructor(
    /** Names the derived key, so that what another one sealed cannot pass for its own. */
    readonly id: string,
    private readonly key: Buffer,
  ) {}

  /** @param salt random bytes that belong to this id */
  static async derive(id: string, secret: string, salt: Buffer): Promise<KeyCipher> {
    return new KeyCipher(id, await derive(secret, salt, keyBytes, cost));
  }

  /** @param key 32 random bytes that belong to this id */
  static of(id: string, key: Buffer): KeyCipher {
    return new KeyCipher(id, key);
  }

  /** @param rowId the row that the sealed text belongs into; it opens in no other */
  seal(text: string, rowId: string): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, this.key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(this.bindingOf(rowId));
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64');
  }

  /** @returns null when it was sealed otherwise, for another row, or changed since */
  open(sealed: string, rowId: string): string | null {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < nonceBytes + tagBytes) return null;
    const nonce = bytes.subarray(0, nonceBytes);
    const decipher = createDecipheriv(algorithm, this.key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(this.bindingOf(rowId));
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes), undefined, 'utf8');
    try {
      return text + decipher.final('utf8');
    } catch {
      // Node has one unnamed error for every tag that does not fit.
      return null;
    }
  }

  private bindingOf(rowId: string): Buffer {
    return Buffer.from(`${this.id}\0${rowId}`, 'utf8');
  }
}
