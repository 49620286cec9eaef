import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Conversations with their items, shares and nonces. */
export class InitialSchema1795392000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'conversations',
        columns: [
          { name: 'id', type: 'varchar', isPrimary: true },
          { name: 'kind', type: 'varchar' },
          { name: 'prompt', type: 'text' },
          { name: 'human_name', type: 'varchar', isNullable: true },
          { name: 'ai_name', type: 'varchar', isNullable: true },
          { name: 'settings', type: 'varchar' },
          { name: 'stream', type: 'boolean' },
          { name: 'claim', type: 'varchar', isNullable: true },
          { name: 'lease_until', type: 'bigint', isNullable: true },
          { name: 'expires_at', type: 'bigint', isNullable: true },
          { name: 'created_at', type: 'bigint' },
        ],
        indices: [{ name: 'conversations_expires_at', columnNames: ['expires_at'] }],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'items',
        columns: [
          { name: 'id', type: 'varchar', isPrimary: true },
          { name: 'conversation_id', type: 'varchar' },
          { name: 'turn', type: 'integer' },
          { name: 'position', type: 'integer' },
          { name: 'kind', type: 'varchar' },
          { name: 'role', type: 'varchar' },
          { name: 'content', type: 'text' },
          { name: 'input_tokens', type: 'integer', isNullable: true },
          { name: 'output_tokens', type: 'integer', isNullable: true },
          { name: 'created_at', type: 'bigint' },
        ],
        uniques: [
          { name: 'items_conversation_position', columnNames: ['conversation_id', 'position'] },
        ],
        foreignKeys: [
          {
            name: 'items_conversation',
            columnNames: ['conversation_id'],
            referencedTableName: 'conversations',
            referencedColumnNames: ['id'],
            onDelete: 'CASCADE',
          },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'shares',
        columns: [
          {
            name: 'sequence',
            type: 'integer',
            isPrimary: true,
            isGenerated: true,
            generationStrategy: 'increment',
            primaryKeyConstraintName: 'shares_sequence',
          },
          { name: 'id', type: 'varchar' },
          { name: 'conversation_id', type: 'varchar' },
          { name: 'prompt', type: 'text' },
          { name: 'sentences', type: 'text' },
          { name: 'created_at', type: 'bigint' },
        ],
        indices: [
          { name: 'shares_id', columnNames: ['id'], isUnique: true },
          { name: 'shares_conversation_id', columnNames: ['conversation_id'] },
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'nonces',
        columns: [
          { name: 'hash', type: 'varchar', isPrimary: true },
          { name: 'spent_at', type: 'bigint' },
        ],
        indices: [{ name: 'nonces_spent_at', columnNames: ['spent_at'] }],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['nonces', 'shares', 'items', 'conversations']) {
      await runner.dropTable(table);
    }
  }
}
