import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = ['upstream', 'model'];

/** Who made each answer; of those that are there already nobody knows. */
export class MakersOfAnswers1795800000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const column of columns) {
      await runner.query(`ALTER TABLE "items" ADD COLUMN "${column}" varchar`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const column of columns) {
      await runner.query(`ALTER TABLE "items" DROP COLUMN "${column}"`);
    }
  }
}
