import { Injectable } from '@nestjs/common';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Database, type Statement } from '../platform/database/database.js';
import type { KeyVaultRecord } from './key-vault.entity.js';

/** What secrets are sealed with from now on. */
export interface CipherRecord {
  id: string;
  salt: string;
  proof: string;
}

/** A secret as it is to be stored. */
export interface SealedSecret {
  id: string;
  /** What the row must still hold. */
  before: string;
  after: string;
}

/** The SQL of the vault. */
@Injectable()
export class KeyVaultRepository {
  constructor(private readonly database: Database) {}

  /** The vault's record, made with this fingerprint key if there was none. */
  async getOrCreate(fingerprintKey: string): Promise<Omit<KeyVaultRecord, 'id'>> {
    await this.database.write([
      {
        sql: `INSERT INTO key_vault (id, fingerprint_key) VALUES (1, ?) ON CONFLICT DO NOTHING`,
        parameters: [fingerprintKey],
      },
    ]);
    return this.get();
  }

  /** Makes the first cipher the vault's own, unless another process was faster. */
  async setFirstCipher({ id, salt, proof }: CipherRecord): Promise<void> {
    await this.database.write([
      {
        sql: 'UPDATE key_vault SET cipher_id = ?, salt = ?, proof = ? WHERE id = 1 AND cipher_id IS NULL',
        parameters: [id, salt, proof],
      },
    ]);
  }

  async get(): Promise<Omit<KeyVaultRecord, 'id'>> {
    const [rows] = await this.database.read({
      sql: 'SELECT fingerprint_key AS "fingerprintKey", cipher_id AS "cipherId", salt, proof FROM key_vault',
      parameters: [],
    });
    return unsafeCast<Omit<KeyVaultRecord, 'id'>>(rows?.[0]);
  }

  /** Every sealed secret by its row. */
  async listSecrets(): Promise<{ id: string; secret: string }[]> {
    const [rows] = await this.database.read({
      sql: 'SELECT id, secret FROM api_keys WHERE secret IS NOT NULL ORDER BY id',
      parameters: [],
    });
    return unsafeCast<{ id: string; secret: string }[]>(rows);
  }

  /**
   * Puts another cipher and every secret sealed with it in the place of the old, all or nothing.
   *
   * @returns false when anything was changed since it was read
   */
  async replaceCipher(
    oldId: string,
    { id, salt, proof }: CipherRecord,
    secrets: readonly SealedSecret[],
  ): Promise<boolean> {
    const batch: Statement[] = [
      {
        sql: 'UPDATE key_vault SET cipher_id = ?, salt = ?, proof = ? WHERE id = 1 AND cipher_id = ?',
        parameters: [id, salt, proof, oldId],
        expectedRows: 1,
      },
      ...secrets.map((secret) => ({
        sql: 'UPDATE api_keys SET secret = ? WHERE id = ? AND secret = ?',
        parameters: [secret.after, secret.id, secret.before],
        expectedRows: 1,
      })),
    ];
    return (await this.database.write(batch)).committed;
  }
}
