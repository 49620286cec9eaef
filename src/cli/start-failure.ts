import { errorCode } from '../platform/errors/error-code.js';
import { errorMessage } from '../platform/errors/error-message.js';
import { SettingsError } from '../config/settings.error.js';
import { RefusedError } from '../platform/database/refused.error.js';

/** Folders of volumes often belong to another one. */
const asUser = process.getuid ? ` (the process is user ${process.getuid()})` : '';

/** Why the service did not start, as a sentence for the person who started it. */
export function startFailure(error: unknown): string {
  if (error instanceof SettingsError) return `Settings:\n${error.message}`;
  if (error instanceof RefusedError) return error.message;
  const message = errorMessage(error);
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return `The port is taken (${message}). Choose another one with PORT or -p.`;
    case 'EACCES':
    case 'EADDRNOTAVAIL':
    case 'EPERM':
    case 'EROFS':
      return `Cannot start: ${message}. Check HOST, PORT and the folder of DATABASE_URL${asUser}.`;
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_READONLY':
    case 'SQLITE_NOTADB':
    case 'ENOTDIR':
    case 'EEXIST':
      return `The database cannot be opened for writing (${message}). Check DATABASE_URL and its folder${asUser}.`;
    case 'SQLITE_BUSY':
      return `The database is in use by another program (${message}).`;
    case 'ENOSPC':
    case 'SQLITE_FULL':
      return `The disk is full (${message}).`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'ECONNREFUSED':
    case 'ETIMEDOUT':
    case '28000':
    case '28P01':
    case '3D000':
    case '42501':
    case '53300':
    case '57P03':
      return `Cannot start: ${message}. Check DATABASE_URL and its server, and HOST.`;
    case 'CERT_HAS_EXPIRED':
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return `The database server is not trusted (${message}). Check DATABASE_TLS_CA_FILE and the host in DATABASE_URL.`;
    default:
      return error instanceof Error ? (error.stack ?? message) : message;
  }
}
