import type { MigrationInterface, QueryRunner } from 'typeorm';

const tables = ['conversations', 'responses', 'shares', 'idempotency_records'];

/**
 * Whose everything is: what was made before callers were told apart is the default caller's. In plain
 * SQL, which is the same on both databases: TypeORM's own way copies the table on SQLite.
 */
export class Owners1795392630000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) {
      await runner.query(
        `ALTER TABLE "${table}" ADD COLUMN "owner_id" varchar NOT NULL DEFAULT 'default'`,
      );
    }
    await runner.query('DROP INDEX "conversations_in_order"');
    await runner.query(
      'CREATE INDEX "conversations_in_order" ON "conversations" ("owner_id", "created_at", "id")',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "conversations_in_order"');
    await runner.query(
      'CREATE INDEX "conversations_in_order" ON "conversations" ("created_at", "id")',
    );
    for (const table of tables) {
      await runner.query(`ALTER TABLE "${table}" DROP COLUMN "owner_id"`);
    }
  }
}
