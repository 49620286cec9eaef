import { DataSource, MigrationExecutor, type DataSourceOptions } from 'typeorm';

/** The letters of `alice` as one number: an advisory lock that no other program is likely to take. */
const migrationsLock = 0x61_6c_69_63_65;

/** Connects and brings the schema up to date. @throws what the driver or a migration failed with */
export async function openDataSource(options?: DataSourceOptions): Promise<DataSource> {
  if (!options) throw new Error('A data source needs options');
  const dataSource = new DataSource(options);
  await dataSource.initialize();
  try {
    if (options.type === 'postgres') await migrateOnce(dataSource);
    else await dataSource.runMigrations();
    return dataSource;
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/**
 * Replicas that start together run each migration once: they wait for one another, and those that
 * come later find it done. Lock and migrations are one transaction, so that a replica that dies
 * leaves neither.
 */
async function migrateOnce(dataSource: DataSource): Promise<void> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    // For the wait as for the work; both may take longer than a request's statement.
    await runner.query('SET LOCAL statement_timeout = 0');
    await runner.query('SELECT pg_advisory_xact_lock($1)', [migrationsLock]);
    await new MigrationExecutor(dataSource, runner).executePendingMigrations();
    await runner.commitTransaction();
  } catch (error) {
    if (runner.isTransactionActive) await runner.rollbackTransaction();
    throw error;
  } finally {
    await runner.release();
  }
}
