import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** What is known of each Idempotency-Key. */
export class Idempotency1795392500000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'idempotency_records',
        columns: [
          { name: 'scope', type: 'varchar', isPrimary: true },
          { name: 'body_hash', type: 'varchar' },
          { name: 'claim', type: 'varchar', isNullable: true },
          { name: 'lease_until', type: 'bigint', isNullable: true },
          { name: 'status', type: 'integer', isNullable: true },
          { name: 'headers', type: 'text', isNullable: true },
          { name: 'body', type: 'text', isNullable: true },
          { name: 'expires_at', type: 'bigint' },
        ],
        indices: [{ name: 'idempotency_records_expires_at', columnNames: ['expires_at'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('idempotency_records');
  }
}
