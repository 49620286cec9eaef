import { Client } from 'pg';
import type { TestService } from './service.js';

/** Stores conversations past their time in PostgreSQL, each with so many items. */
export async function insertExpired(
  { databaseFile }: TestService,
  count: number,
  itemsOfEach: number,
): Promise<void> {
  const client = new Client({ connectionString: databaseFile });
  await client.connect();
  await client.query(
    `INSERT INTO conversations (id, kind, prompt, settings, stream, expires_at, created_at)
     SELECT 'conv_' || n, 'turbo', '', '', false, n, 0 FROM generate_series(1, $1::int) n`,
    [count],
  );
  await client.query(
    `INSERT INTO items (id, conversation_id, turn, position, kind, role, content, created_at)
     SELECT 'item_' || n || '_' || p, 'conv_' || n, 1, p, 'message', 'user', '"Q"', 0
     FROM generate_series(1, $1::int) n, generate_series(1, $2::int) p`,
    [count, itemsOfEach],
  );
  await client.end();
}
