import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { Logger } from '@nestjs/common';
import type pg from 'pg';
import type { PostgresSettings } from '../../config/settings.js';
import { unsafeCast } from '../unsafe-cast.js';
import type { Database } from './database.js';
import { listenForLoss } from './postgres-connection.js';
import { fromStoredText } from './postgres-sql.js';
import { PostgresDatabase } from './postgres.database.js';

/** The driver itself, which is loaded only when it is needed. */
type Driver = typeof pg;
type ParserOf = typeof pg.types.getTypeParser;

/** Below what firewalls and proxies between usually allow. */
const idleConnectionMs = 60_000;

/** TypeORM's own pool, which the database is told of as soon as it is there. */
export function poolFor({ Pool }: Driver, database: Database): Driver['Pool'] {
  return class extends Pool {
    constructor(config?: pg.PoolConfig) {
      super(config);
      const logger = new Logger('PostgresPool');
      this.on('connect', listenForLoss);
      // Only of connections that nobody uses: the pool replaces them, and a batch hears of its own.
      this.on('error', ({ message }) => {
        logger.warn({ event: 'database.connection_lost', reason: message });
      });
      if (database instanceof PostgresDatabase) database.open(this);
    }
  };
}

/** What TypeORM hands on to the pool as it is. */
export function poolConfig(settings: PostgresSettings, driver: Driver): pg.PoolConfig {
  return {
    application_name: 'alice',
    max: settings.poolSize,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    idleTimeoutMillis: idleConnectionMs,
    statement_timeout: settings.statementTimeoutMs,
    // A process that stops between BEGIN and COMMIT would lock its rows for as long as it is stopped.
    idle_in_transaction_session_timeout: settings.statementTimeoutMs,
    keepAlive: true,
    pipeline: true,
    ssl: tlsOptions(settings),
    types: { getTypeParser: parserOf(driver) },
  };
}

function tlsOptions({ url, tls, tlsCa }: PostgresSettings) {
  switch (tls) {
    case 'disable':
      return false;
    case 'require':
      return { rejectUnauthorized: false };
    case 'verify-full': {
      const host = new URL(url).hostname.replaceAll(/[[\]]/g, '');
      return {
        rejectUnauthorized: true,
        // The driver names no host that is an address, and the name would be tested against localhost.
        checkServerIdentity: (_name: string, certificate: PeerCertificate) =>
          checkServerIdentity(host, certificate),
        ...(tlsCa === null ? {} : { ca: tlsCa }),
      };
    }
  }
}

/** Values as SQLite has them: every number a number, booleans 1 and 0, texts with every character. */
function parserOf({ types }: Driver): ParserOf {
  const { BOOL, INT8, NUMERIC, TEXT, VARCHAR } = types.builtins;
  const parsers = new Map<number, (value: string) => unknown>([
    [BOOL, (value) => (value === 't' ? 1 : 0)],
    [INT8, Number],
    [NUMERIC, Number],
    [TEXT, fromStoredText],
    [VARCHAR, fromStoredText],
  ]);
  const parserOfDriver = unsafeCast<(id: number, format?: string) => unknown>(types.getTypeParser);
  const find = (id: number, format?: string) => parsers.get(id) ?? parserOfDriver(id, format);
  return unsafeCast<ParserOf>(find);
}
