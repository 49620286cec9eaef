import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** API keys with their states and counts, and what they are sealed and fingerprinted with. */
export class ApiKeys1795392100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'api_keys',
        columns: [
          { name: 'id', type: 'varchar', isPrimary: true },
          { name: 'fingerprint', type: 'varchar' },
          { name: 'label', type: 'varchar', isNullable: true },
          { name: 'source', type: 'varchar' },
          { name: 'last_four', type: 'varchar' },
          { name: 'secret', type: 'text', isNullable: true },
          { name: 'retired', type: 'integer' },
          { name: 'state', type: 'varchar' },
          { name: 'reason', type: 'varchar', isNullable: true },
          { name: 'until', type: 'bigint', isNullable: true },
          { name: 'strikes', type: 'integer' },
          { name: 'models', type: 'text' },
          { name: 'last_error', type: 'varchar', isNullable: true },
          { name: 'calls', type: 'bigint' },
          { name: 'failures', type: 'bigint' },
          { name: 'input_tokens', type: 'bigint' },
          { name: 'output_tokens', type: 'bigint' },
          { name: 'last_used_at', type: 'bigint', isNullable: true },
          { name: 'probed_until', type: 'bigint', isNullable: true },
          { name: 'version', type: 'integer' },
          { name: 'changed_at', type: 'bigint' },
          { name: 'created_at', type: 'bigint' },
        ],
        indices: [
          { name: 'api_keys_fingerprint', columnNames: ['fingerprint'], isUnique: true },
          { name: 'api_keys_changed_at', columnNames: ['changed_at'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'key_vault',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true },
          { name: 'fingerprint_key', type: 'varchar' },
          { name: 'cipher_id', type: 'varchar', isNullable: true },
          { name: 'salt', type: 'varchar', isNullable: true },
          { name: 'proof', type: 'text', isNullable: true },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['key_vault', 'api_keys']) await runner.dropTable(table);
  }
}
