import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Responses that are stored while they run, with the lease of who gives them. In plain SQL, which is
 * the same on both databases: TypeORM's own way copies the table on SQLite.
 */
export class BackgroundResponses1795392400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // For some time 1795392200001 made the column itself.
    if (!(await runner.hasColumn('responses', 'lease_until'))) {
      await runner.query('ALTER TABLE "responses" ADD COLUMN "lease_until" bigint');
    }
    await runner.query(
      'CREATE INDEX "responses_lease_until" ON "responses" ("lease_until") WHERE lease_until IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "responses_lease_until"');
    await runner.query('ALTER TABLE "responses" DROP COLUMN "lease_until"');
  }
}
