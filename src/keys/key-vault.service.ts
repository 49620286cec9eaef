import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { SettingsError } from '../config/settings.error.js';
import { KeyCipher } from './key-cipher.js';
import { KeyVaultRepository, type CipherRecord } from './key-vault.repository.js';
import { NoEncryptionSecretError } from './keys.errors.js';

const proofText = 'alice';
const proofRow = 'key_vault';
const randomLength = 32;

/** Knows keys by their fingerprints, and seals the secrets of those that are stored. */
@Injectable()
export class KeyVaultService {
  private fingerprintKey: Buffer | null = null;
  private cipher: KeyCipher | null = null;

  constructor(
    private readonly records: KeyVaultRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * Makes ready what the other methods need, before any of them.
   *
   * @throws SettingsError when KEY_ENCRYPTION_SECRET is not the one that the secrets are sealed with
   */
  async open(): Promise<void> {
    const { encryptionSecret } = this.settings.keys;
    const made = randomBytes(randomLength).toString('base64');
    let record = await this.records.getOrCreate(made);
    this.fingerprintKey = Buffer.from(record.fingerprintKey, 'base64');
    if (encryptionSecret === null) return;
    if (record.cipherId === null) {
      await this.records.setFirstCipher((await createCipher(encryptionSecret)).record);
      record = await this.records.get();
    }
    this.cipher = await cipherOf(record, encryptionSecret);
  }

  /** Whether secrets can be stored. */
  get canSeal(): boolean {
    return this.cipher !== null;
  }

  /** Hex HMAC-SHA256 of a secret under this database's own random key. */
  fingerprint(secret: string): string {
    return createHmac('sha256', this.ownKey).update(secret).digest('hex');
  }

  /**
   * Seals what callers carry and is not to be read or made by them. Its key follows from this
   * database's own random one (HKDF) and not from KEY_ENCRYPTION_SECRET: what is sealed lies in
   * conversations of the same database, and must open after that secret was set, lost or rotated.
   *
   * @param purpose names the key
   */
  cipherFor(purpose: string): KeyCipher {
    const key = hkdfSync('sha256', this.ownKey, '', purpose, randomLength);
    return KeyCipher.of(purpose, Buffer.from(key));
  }

  /** @throws NoEncryptionSecretError */
  seal(secret: string, rowId: string): { cipherId: string; sealed: string } {
    if (!this.cipher) throw new NoEncryptionSecretError();
    return { cipherId: this.cipher.id, sealed: this.cipher.seal(secret, rowId) };
  }

  /** @returns null when it cannot be opened: without the encryption secret, or when it was tampered with */
  unseal(sealed: string, rowId: string): string | null {
    return this.cipher?.open(sealed, rowId) ?? null;
  }

  /**
   * Seals every stored secret again, in one transaction. No service may run meanwhile.
   *
   * @returns how many
   * @throws SettingsError when a setting is missing or wrong, Error when a secret cannot be opened
   */
  async rotate(): Promise<number> {
    const { encryptionSecret, newEncryptionSecret } = this.settings.keys;
    if (encryptionSecret === null || newEncryptionSecret === null) {
      throw new SettingsError([
        'Set KEY_ENCRYPTION_SECRET to the secret in use and NEW_KEY_ENCRYPTION_SECRET to the one to come',
      ]);
    }
    await this.open();
    const old = this.cipher;
    if (!old) throw new Error('The vault did not open');
    const { cipher, record } = await createCipher(newEncryptionSecret);
    const secrets = (await this.records.listSecrets()).map(({ id, secret }) => {
      const text = old.open(secret, id);
      if (text === null)
        throw new Error(`The secret of ${id} cannot be opened; delete that key first`);
      return { id, before: secret, after: cipher.seal(text, id) };
    });
    if (!(await this.records.replaceCipher(old.id, record, secrets))) {
      throw new Error('Keys were changed meanwhile, nothing was done: stop every service first');
    }
    return secrets.length;
  }

  private get ownKey(): Buffer {
    if (!this.fingerprintKey) throw new Error('The vault is not open');
    return this.fingerprintKey;
  }
}

async function createCipher(secret: string): Promise<{ cipher: KeyCipher; record: CipherRecord }> {
  const id = randomBytes(randomLength / 2).toString('hex');
  const salt = randomBytes(randomLength);
  const cipher = await KeyCipher.derive(id, secret, salt);
  const proof = cipher.seal(proofText, proofRow);
  return { cipher, record: { id, salt: salt.toString('base64'), proof } };
}

async function cipherOf(
  { cipherId, salt, proof }: Record<'cipherId' | 'salt' | 'proof', string | null>,
  secret: string,
): Promise<KeyCipher> {
  const cipher = await KeyCipher.derive(cipherId ?? '', secret, Buffer.from(salt ?? '', 'base64'));
  if (cipher.open(proof ?? '', proofRow) === proofText) return cipher;
  throw new SettingsError([
    'KEY_ENCRYPTION_SECRET is not the secret that the keys in this database are encrypted with: set that one, or use another DATABASE_URL',
  ]);
}
