import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Turns that were kept although their callers could not be told. In plain SQL, which is the same on
 * both databases: TypeORM's own way copies the table on SQLite, and dropping the old one would take
 * the items away with it.
 */
export class UnseenAnswers1795392300000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "conversations" ADD COLUMN "unseen_answer" varchar');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "conversations" DROP COLUMN "unseen_answer"');
  }
}
