import { DataSource } from 'typeorm';
import { useServices } from '../support/use-service.js';

const { service, start } = useServices();

async function pragma(name: string): Promise<unknown> {
  const dataSource = service.app.get(DataSource);
  const rows = await dataSource.query<Record<string, unknown>[]>(`PRAGMA ${name}`);
  return Object.values(rows[0] ?? {})[0];
}

describe('the connection to SQLite', () => {
  it('has a write-ahead log and foreign keys, and waits for nobody in the event loop', async () => {
    await start();
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('foreign_keys')).toBe(1);
    expect(await pragma('busy_timeout')).toBe(0);
  });

  it.each([
    ['normal', 1],
    ['full', 2],
  ])('is as synchronous as SQLITE_SYNCHRONOUS=%s says', async (setting, level) => {
    await start({ SQLITE_SYNCHRONOUS: setting });
    expect(await pragma('synchronous')).toBe(level);
  });
});
