import type { MigrationInterface, QueryRunner } from 'typeorm';
import { unsafeCast } from '../../unsafe-cast.js';
import { toStoredText } from '../postgres-sql.js';

/** What a share shows, as it is kept. */
interface Content {
  prompt: string;
  turns: { role: string; text: string }[];
}

const columns = [
  ['title', 'varchar'],
  ['kind', 'varchar'],
  ['model', 'varchar'],
  ['content', 'text'],
  ['expires_at', 'bigint'],
  ['password', 'varchar'],
] as const;

const batchRows = 100;

/**
 * Shares say who said what, and have a title, an end and a password of their own. In plain SQL, which
 * is the same on both databases: TypeORM's own way copies the table on SQLite.
 */
export class SharesByTheirSpeakers1795803100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [name, type] of columns) {
      await runner.query(`ALTER TABLE "shares" ADD COLUMN "${name}" ${type}`);
    }
    await runner.query('CREATE INDEX "shares_in_order" ON "shares" ("owner_id", "sequence")');
    await runner.query(
      'CREATE INDEX "shares_expires_at" ON "shares" ("expires_at") WHERE expires_at IS NOT NULL',
    );
  }

  /** What has a password is deleted: the version before would show it to everyone. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM "shares" WHERE password IS NOT NULL');
    await toSentences(runner);
    await runner.query('DROP INDEX "shares_expires_at"');
    await runner.query('DROP INDEX "shares_in_order"');
    for (const [name] of columns) {
      await runner.query(`ALTER TABLE "shares" DROP COLUMN "${name}"`);
    }
  }
}

/** Puts what shares show back into its former form. */
async function toSentences(runner: QueryRunner): Promise<void> {
  const isPostgres = runner.dataSource.options.type === 'postgres';
  const select = `SELECT sequence, content FROM "shares" WHERE content IS NOT NULL LIMIT ${batchRows}`;
  const update = isPostgres
    ? 'UPDATE "shares" SET prompt = $1, sentences = $2, content = NULL WHERE sequence = $3'
    : 'UPDATE "shares" SET prompt = ?, sentences = ?, content = NULL WHERE sequence = ?';
  for (;;) {
    const rows = unsafeCast<{ sequence: number; content: string }[]>(await runner.query(select));
    for (const { sequence, content } of rows) {
      const { prompt, turns } = unsafeCast<Content>(JSON.parse(content));
      const spoken = turns.filter(({ role }) => role === 'user' || role === 'assistant');
      const sentences = JSON.stringify(spoken.map(({ text }) => text));
      const stored = isPostgres ? toStoredText(prompt) : prompt;
      await runner.query(update, [stored, sentences, sequence]);
    }
    if (rows.length < batchRows) return;
  }
}
