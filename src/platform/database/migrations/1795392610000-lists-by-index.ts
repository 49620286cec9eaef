import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Lists are read in their own order from an index, as far as a page goes. In plain SQL, which is the
 * same on both databases: TypeORM's own way copies the table on SQLite.
 */
export class ListsByIndex1795392610000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "conversations_created_at"');
    await runner.query(
      'CREATE INDEX "conversations_in_order" ON "conversations" ("created_at", "id")',
    );
    await runner.query('DROP INDEX "responses_conversation_id"');
    await runner.query(
      'CREATE INDEX "responses_in_conversation" ON "responses" ("conversation_id", "created_at")',
    );
    await runner.query('CREATE INDEX "api_keys_in_order" ON "api_keys" ("created_at", "id")');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "api_keys_in_order"');
    await runner.query('DROP INDEX "responses_in_conversation"');
    await runner.query(
      'CREATE INDEX "responses_conversation_id" ON "responses" ("conversation_id")',
    );
    await runner.query('DROP INDEX "conversations_in_order"');
    await runner.query('CREATE INDEX "conversations_created_at" ON "conversations" ("created_at")');
  }
}
