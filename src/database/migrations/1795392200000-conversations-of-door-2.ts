import { TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const conversationColumns = [
  new TableColumn({ name: 'model', type: 'varchar', isNullable: true }),
  new TableColumn({ name: 'metadata', type: 'text', isNullable: true }),
  new TableColumn({ name: 'idle_ms', type: 'bigint', isNullable: true }),
];
const status = new TableColumn({ name: 'status', type: 'varchar', isNullable: true });
const byCreation = new TableIndex({
  name: 'conversations_created_at',
  columnNames: ['created_at'],
});

/** What conversations of door 2 have beside those of door 1. */
export class ConversationsOfDoor2 implements MigrationInterface {
  readonly name = 'ConversationsOfDoor21795392200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumns('conversations', conversationColumns);
    await runner.createIndex('conversations', byCreation);
    await runner.addColumn('items', status);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn('items', status);
    await runner.dropIndex('conversations', byCreation);
    await runner.dropColumns('conversations', conversationColumns);
  }
}
