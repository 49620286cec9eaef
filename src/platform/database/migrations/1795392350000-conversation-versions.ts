import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Conversations tell whether their items are still those that a process has in memory. */
export class ConversationVersions1795392350000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE "conversations" ADD COLUMN "version" integer NOT NULL DEFAULT 0',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "conversations" DROP COLUMN "version"');
  }
}
