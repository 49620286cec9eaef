import { readFileSync } from 'node:fs';
import { isLoopback } from './loopback.js';
import { defaultDatabaseUrl, type DatabaseSettings, type PostgresTls } from './settings.js';
import type { VariableReader } from './variable-reader.js';

const tlsModes = ['disable', 'require', 'verify-full'] as const;
/** In milliseconds. */
const waits = { min: 1, max: 3_600_000 };

/** What DATABASE_URL names, with the settings of that database; those of the other are checked too. */
export function readDatabaseSettings(read: VariableReader): DatabaseSettings {
  const url = read.text('DATABASE_URL', defaultDatabaseUrl);
  const file = /^sqlite:(?:\/\/(?=\/))?(.+)$/s.exec(url)?.[1];
  const server = /^postgres(ql)?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : null;
  const hasDatabase = server !== null && server.hostname !== '' && server.pathname.length > 1;
  if (file === undefined && !hasDatabase) {
    // The value may hold a password, so it is not repeated.
    read.problems.push(
      'DATABASE_URL is not usable: it takes sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    );
  }
  const synchronous = read.choice('SQLITE_SYNCHRONOUS', 'normal', ['normal', 'full']);
  const common = {
    poolSize: read.integer('DATABASE_POOL_SIZE', 10, { min: 1, max: 1_000 }),
    connectTimeoutMs: read.integer('DATABASE_CONNECT_TIMEOUT_MS', 2_000, waits),
    statementTimeoutMs: read.integer('DATABASE_STATEMENT_TIMEOUT_MS', 5_000, waits),
    tls: read.choice('DATABASE_TLS', tlsOfUrl(server, read), tlsModes),
    tlsCa: readCertificates(read),
  };
  if (server === null) return { type: 'sqlite', file: file ?? url, synchronous };
  warnOfPlainText(server, read);
  // Otherwise the driver would read it too, and by other rules.
  server.searchParams.delete('sslmode');
  return { type: 'postgres', url: server.href, ...common };
}

/** `sslmode` is where libpq's users look for it; only what DATABASE_TLS has too is understood. */
function tlsOfUrl(server: URL | null, read: VariableReader): PostgresTls {
  const wanted = server?.searchParams.get('sslmode') ?? 'disable';
  const mode = tlsModes.find((known) => known === wanted);
  if (mode === undefined) {
    read.problems.push(
      `DATABASE_URL has sslmode=${wanted}, but it takes one of ${tlsModes.join(', ')}`,
    );
  }
  return mode ?? 'disable';
}

/** Nothing is said to who has chosen it, as in a network of containers. */
function warnOfPlainText(server: URL, read: VariableReader): void {
  const isChosen = read.optional('DATABASE_TLS') !== null || server.searchParams.has('sslmode');
  const host = server.searchParams.get('host') ?? server.hostname;
  const isHere = isLoopback(host.replaceAll(/[[\]]/g, '')) || /^(\/|%2f)/i.test(host);
  if (isChosen || isHere) return;
  read.warnings.push(
    'DATABASE_URL names another host, and passwords and conversations go there unencrypted: set DATABASE_TLS to verify-full or require, or to disable where the network is trusted',
  );
}

/** The certificates in the file DATABASE_TLS_CA_FILE, in PEM; null are those that Node knows. */
function readCertificates(read: VariableReader): string | null {
  const path = read.optional('DATABASE_TLS_CA_FILE');
  if (path === null) return null;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    read.problems.push(`DATABASE_TLS_CA_FILE cannot be read: ${path} (${codeOf(error)})`);
    return null;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
