import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';

const columns: [table: string, column: string, type: string][] = [
  ['conversations', 'model', 'varchar'],
  ['conversations', 'metadata', 'text'],
  ['conversations', 'idle_ms', 'bigint'],
  ['items', 'status', 'varchar'],
];
const byCreation = new TableIndex({
  name: 'conversations_created_at',
  columnNames: ['created_at'],
});

/**
 * What conversations of door 2 have beside those of door 1. In plain SQL, which both databases take:
 * TypeORM adds a column on SQLite by making the table anew, and what refers to it is lost on the way.
 */
export class ConversationsOfDoor21795392200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column, type] of columns) {
      await runner.query(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
    }
    await runner.createIndex('conversations', byCreation);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('conversations', byCreation);
    for (const [table, column] of columns) {
      await runner.query(`ALTER TABLE ${table} DROP COLUMN ${column}`);
    }
  }
}
