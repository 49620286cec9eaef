import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The ids of a conversation's items begin as its own id does: by that an item is found. A fork keeps
 * asking with the key of the conversation that it comes from.
 */
export class ConversationsByTheirItems1795803200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "conversations" ADD COLUMN "affinity" varchar');
    await runner.query(
      'CREATE INDEX "conversations_by_items" ON "conversations" ("owner_id", substr("id", 6, 7))',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "conversations_by_items"');
    await runner.query('ALTER TABLE "conversations" DROP COLUMN "affinity"');
  }
}
