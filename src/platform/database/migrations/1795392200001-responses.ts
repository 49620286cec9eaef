import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';

/** Responses of door 2. */
export class Responses1795392200001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'responses',
        columns: [
          { name: 'id', type: 'varchar', isPrimary: true },
          { name: 'conversation_id', type: 'varchar', isNullable: true },
          { name: 'previous_response_id', type: 'varchar', isNullable: true },
          { name: 'after_item_id', type: 'varchar', isNullable: true },
          { name: 'status', type: 'varchar' },
          { name: 'body', type: 'text' },
          { name: 'input', type: 'text' },
          { name: 'expires_at', type: 'bigint', isNullable: true },
          { name: 'created_at', type: 'bigint' },
        ],
        indices: [
          { name: 'responses_conversation_id', columnNames: ['conversation_id'] },
          { name: 'responses_previous_response_id', columnNames: ['previous_response_id'] },
          { name: 'responses_expires_at', columnNames: ['expires_at'] },
        ],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('responses');
  }
}
