import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The ids of a response's items begin as its own id does: by that an item is found. */
export class ResponsesByTheirItems1795802000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX "responses_by_items" ON "responses" (substr("id", 6, 14))');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX "responses_by_items"');
  }
}
