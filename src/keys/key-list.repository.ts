import { Injectable } from '@nestjs/common';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Database, now, type SqlValue } from '../platform/database/database.js';
import { behind, type Place } from '../platform/database/keyset.js';
import type { KeySource, KeyState } from './key-state.js';
import { keyColumns, type KeyRow } from './stored-keys.repository.js';

/** Which keys to list; what is left out does not matter. */
export interface KeyFilter {
  state?: KeyState;
  source?: KeySource;
  label?: string;
  limit: number;
  /** The last key of the page before. */
  after?: Place;
}

/** Pauses end by themselves, whatever the row says. */
const currentState = `CASE WHEN state IN ('cooling', 'suspended') AND until <= ${now} THEN 'active' ELSE state END`;

/** The SQL of what operators read. */
@Injectable()
export class KeyListRepository {
  constructor(private readonly database: Database) {}

  /** The oldest first. */
  async list({ state, source, label, limit, after }: KeyFilter): Promise<KeyRow[]> {
    const conditions: [sql: string, parameters: SqlValue[]][] = [['retired = 0', []]];
    if (state !== undefined) conditions.push([`${currentState} = ?`, [state]]);
    if (source !== undefined) conditions.push(['source = ?', [source]]);
    if (label !== undefined) conditions.push(['label = ?', [label]]);
    if (after !== undefined) {
      const { sql, parameters } = behind('asc', after);
      conditions.push([sql, [...parameters]]);
    }
    const where = conditions.map(([sql]) => sql).join(' AND ');
    const [rows] = await this.database.read({
      sql: `SELECT ${keyColumns} FROM api_keys WHERE ${where} ORDER BY created_at, id LIMIT ?`,
      parameters: [...conditions.flatMap(([, parameters]) => parameters), limit],
    });
    return unsafeCast<KeyRow[]>(rows);
  }

  async countByState(): Promise<{ state: KeyState; count: number }[]> {
    const [rows] = await this.database.read({
      sql: `SELECT ${currentState} AS "state", COUNT(*) AS "count" FROM api_keys
            WHERE retired = 0 GROUP BY 1`,
      parameters: [],
    });
    return unsafeCast<{ state: KeyState; count: number }[]>(rows);
  }
}
