import { readFileSync } from 'node:fs';
import { isLoopback } from './loopback.js';
import type { DatabaseSettings, PostgresTls } from './settings.js';
import type { VariableReader } from './variable-reader.js';
import { variables } from './variables.js';

/** What DATABASE_URL names, with the settings of that database; those of the other are checked too. */
export function readDatabaseSettings(read: VariableReader): DatabaseSettings {
  const url = read.get('DATABASE_URL');
  const file = /^sqlite:(?:\/\/(?=\/))?(.+)$/s.exec(url)?.[1];
  const server = /^postgres(ql)?:\/\//.test(url) && URL.canParse(url) ? new URL(url) : null;
  const hasDatabase = server !== null && server.hostname !== '' && server.pathname.length > 1;
  if (file === undefined && !hasDatabase) {
    // The value may hold a password, so it is not repeated.
    read.problems.push(
      'DATABASE_URL is not usable: it takes sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE',
    );
  }
  const synchronous = read.get('SQLITE_SYNCHRONOUS');
  const ofUrl = tlsOfUrl(server, read);
  const common = {
    poolSize: read.get('DATABASE_POOL_SIZE'),
    connectTimeoutMs: read.get('DATABASE_CONNECT_TIMEOUT_MS'),
    statementTimeoutMs: read.get('DATABASE_STATEMENT_TIMEOUT_MS'),
    tls: read.isSet('DATABASE_TLS') ? read.get('DATABASE_TLS') : ofUrl,
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
  const { parse, accepts } = variables.DATABASE_TLS;
  const mode = parse(wanted);
  if (mode === undefined) {
    read.problems.push(`DATABASE_URL has sslmode=${wanted}, but it takes ${accepts}`);
  }
  return mode ?? 'disable';
}

/** Nothing is said to who has chosen it, as in a network of containers. */
function warnOfPlainText(server: URL, read: VariableReader): void {
  const isChosen = read.isSet('DATABASE_TLS') || server.searchParams.has('sslmode');
  const host = server.searchParams.get('host') ?? server.hostname;
  const isHere = isLoopback(host.replaceAll(/[[\]]/g, '')) || /^(\/|%2f)/i.test(host);
  if (isChosen || isHere) return;
  read.warnings.push(
    'DATABASE_URL names another host, and passwords and conversations go there unencrypted: set DATABASE_TLS to verify-full or require, or to disable where the network is trusted',
  );
}

/** The certificates in the file DATABASE_TLS_CA_FILE, in PEM; null are those that Node knows. */
function readCertificates(read: VariableReader): string | null {
  const path = read.get('DATABASE_TLS_CA_FILE');
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
