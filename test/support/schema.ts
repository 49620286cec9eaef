import { SystemClock } from '../../src/platform/time/clock.js';
import { readSettings } from '../../src/config/read-settings.js';
import { databaseFor, dataSourceOptions } from '../../src/platform/database/data-source.options.js';
import { entities } from '../../src/entities.js';
import { openDataSource } from '../../src/platform/database/open-data-source.js';

/** Gives the database at a URL the service's schema. @param more what it gets besides */
export async function makeSchema(url: string, more: readonly string[] = []): Promise<void> {
  const { database } = readSettings({ DATABASE_URL: url });
  const options = await dataSourceOptions(
    database,
    databaseFor(database, new SystemClock()),
    entities,
  );
  const dataSource = await openDataSource(options);
  for (const sql of more) await dataSource.query(sql);
  await dataSource.destroy();
}
