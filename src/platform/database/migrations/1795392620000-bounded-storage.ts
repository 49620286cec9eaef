import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What bounds on storage are kept by: shares by age, and kept answers, the newest of which stay. In
 * plain SQL, which is the same on both databases: TypeORM's own way copies the table on SQLite.
 */
export class BoundedStorage1795392620000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX "shares_created_at" ON "shares" ("created_at")');
    await runner.query(
      'CREATE INDEX "idempotency_records_kept" ON "idempotency_records" ("expires_at", "scope") WHERE body IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "idempotency_records_kept"');
    await runner.query('DROP INDEX "shares_created_at"');
  }
}
