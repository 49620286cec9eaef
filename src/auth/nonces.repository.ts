import { Injectable } from '@nestjs/common';
import { Database, now, skipLocked } from '../platform/database/database.js';

/** The only memory of used uuids, so that a restart or another replica changes nothing. */
@Injectable()
export class NoncesRepository {
  constructor(private readonly database: Database) {}

  /** @returns true for exactly one of all who ever spend this hash */
  async spend(hash: string): Promise<boolean> {
    const outcome = await this.database.write([
      {
        sql: `INSERT INTO nonces (hash, spent_at) VALUES (?, ${now}) ON CONFLICT DO NOTHING`,
        parameters: [hash],
        expectedRows: 1,
      },
    ]);
    return outcome.committed;
  }

  /** Forgets hashes spent longer ago than `ageMs`. @returns how many */
  async deleteOlderThan(ageMs: number, limit: number): Promise<number> {
    const outcome = await this.database.write([
      {
        sql: `DELETE FROM nonces
              WHERE hash IN (SELECT hash FROM nonces WHERE spent_at < ${now} - ?
                             LIMIT ? ${skipLocked})`,
        parameters: [ageMs, limit],
      },
    ]);
    return outcome.committed ? (outcome.results[0]?.affected ?? 0) : 0;
  }
}
