import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Repeated calls are known by their Idempotency-Key alone, and conversations note none. */
export class NoUnseenAnswers1795803000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "conversations" DROP COLUMN "unseen_answer"');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "conversations" ADD COLUMN "unseen_answer" varchar');
  }
}
