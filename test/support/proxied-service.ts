import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgresProxy, type PostgresProxy } from './postgres-proxy.js';
import { startService, type TestService } from './service.js';
import { openTestDatabase } from './test-database.js';

/** Unset: the service's own patience, not the tests'. */
const timeouts = { DATABASE_CONNECT_TIMEOUT_MS: '', DATABASE_STATEMENT_TIMEOUT_MS: '' };

/** A service on PostgreSQL with a network between that its test can break. */
export interface ProxiedService {
  service: TestService;
  proxy: PostgresProxy;
  close(): Promise<void>;
}

export async function startProxiedService(
  variables: Record<string, string> = {},
): Promise<ProxiedService> {
  const folder = mkdtempSync(join(tmpdir(), 'alice-test-'));
  const { url } = await openTestDatabase(folder);
  const proxy = await startPostgresProxy(url);
  const service = await startService(
    { DATABASE_URL: proxy.url, ...timeouts, ...variables },
    folder,
  );
  return {
    service,
    proxy,
    close: async () => {
      proxy.up();
      service.simulator.reset();
      await service.close();
      await proxy.close();
    },
  };
}
