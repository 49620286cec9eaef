import { Table, type MigrationInterface, type QueryRunner, type TableColumnOptions } from 'typeorm';

const columns: TableColumnOptions[] = [
  { name: 'id', type: 'varchar' },
  { name: 'conversation_id', type: 'varchar' },
  { name: 'turn', type: 'integer' },
  { name: 'position', type: 'integer' },
  { name: 'kind', type: 'varchar' },
  { name: 'role', type: 'varchar' },
  { name: 'content', type: 'text' },
  { name: 'input_tokens', type: 'integer', isNullable: true },
  { name: 'output_tokens', type: 'integer', isNullable: true },
  { name: 'created_at', type: 'bigint' },
];
const names = columns.map(({ name }) => name).join(', ');

/**
 * Items are read by conversation and in order, so that is how they are stored: SQLite keeps a table
 * without row ids in the order of its primary key. By row ids a long history took twice the time to
 * read, and a turn touched three pages more.
 */
export class ItemsBesideEachOther1795392050000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await replace(
      runner,
      new Table({
        name: 'items_in_order',
        columns: columns.map((column) =>
          ['conversation_id', 'position'].includes(column.name)
            ? { ...column, isPrimary: true, primaryKeyConstraintName: 'items_position' }
            : column,
        ),
        foreignKeys: [toConversation('items_of_conversation')],
        withoutRowid: true,
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await replace(
      runner,
      new Table({
        name: 'items_by_id',
        columns: columns.map((column) =>
          column.name === 'id' ? { ...column, isPrimary: true } : column,
        ),
        uniques: [
          { name: 'items_conversation_position', columnNames: ['conversation_id', 'position'] },
        ],
        foreignKeys: [toConversation('items_conversation')],
      }),
    );
  }
}

async function replace(runner: QueryRunner, table: Table): Promise<void> {
  await runner.createTable(table);
  await runner.query(`INSERT INTO ${table.name} (${names}) SELECT ${names} FROM items`);
  await runner.dropTable('items');
  await runner.renameTable(table.name, 'items');
}

function toConversation(name: string) {
  return {
    name,
    columnNames: ['conversation_id'],
    referencedTableName: 'conversations',
    referencedColumnNames: ['id'],
    onDelete: 'CASCADE',
  };
}
