import type { UpstreamError } from '../../platform/errors/app.error.js';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import type { AnsweredError } from '../dialects/answered-error.js';
import { isAnswer } from './call-failure.js';
import { WebPageError } from '../dialects/parse-answer.js';
import { redact } from '../transport/redact.js';
import {
  ModelMissingError,
  NotTheApiError,
  UpstreamFailedError,
  UpstreamUnreachableError,
} from '../upstream.errors.js';
import { upstreamRequestIdFrom } from '../upstream-request-id.js';

/** Codes of Node, undici and OpenSSL for a connection that was never there. */
const notConnected =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|EPROTO|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+)$/;

/** Statuses of something that is not the API: it leads elsewhere, or knows no such path. */
const elsewhere = new Set<number | undefined>([301, 302, 303, 307, 308, 404, 405]);

/** What an error of the transport says of itself: ours to repeat, as none of it is the upstream's. */
interface TransportError {
  code: string;
  /** Host and port, as far as they are known. */
  place: string;
}

/** What Node and undici put on errors of connections; the parts are there or not. */
interface TransportTraits {
  code?: string;
  address?: string;
  hostname?: string;
  host?: string;
  port?: number | string;
  /** One for each address of a name. */
  errors?: unknown[];
  cause?: unknown;
}

/** Whether the upstream says, by a status alone, that it has no such model. */
export function lacksModel(thrown: unknown, model: string): thrown is AnsweredError {
  if (!isAnswer(thrown)) return false;
  return thrown.status === 404 && thrown.isOfApi && thrown.reason.includes(model);
}

/**
 * What a caller is told of a call that was not served, where nothing says that the request or the key
 * is at fault. A wrong setting is the usual reason on the first day, so it is named.
 *
 * @param model of the settings, which the call was for; null when it was for none
 */
export function failedError(thrown: unknown, model: string | null): UpstreamError {
  if (thrown instanceof WebPageError) return new NotTheApiError();
  if (!isAnswer(thrown)) {
    const isUnreachable = notConnected.test(transportErrorIn(thrown)?.code ?? '');
    return isUnreachable ? new UpstreamUnreachableError() : new UpstreamFailedError();
  }
  if (model !== null && lacksModel(thrown, model)) return new ModelMissingError(model);
  return elsewhere.has(thrown.status) ? new NotTheApiError() : new UpstreamFailedError();
}

/** What the log may know of a failure: no words of the upstream, which may echo the question or a key. */
export function traitsOf(thrown: unknown, secret: string): Record<string, unknown> {
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  if (!isAnswer(thrown)) {
    const { code, place } = transportErrorIn(thrown) ?? {};
    return code === undefined ? { name } : { name, cause: [code, place].join(' ').trim() };
  }
  return {
    name,
    status: thrown.status,
    code: wordIn(thrown.code, secret),
    type: wordIn(thrown.type, secret),
    upstreamRequestId: upstreamRequestIdFrom(thrown.requestID, secret) ?? undefined,
  };
}

/** A name that is made like one, and has no key in it. */
function wordIn(name: string | null | undefined, secret: string): string | undefined {
  const isWord = typeof name === 'string' && /^[a-z][a-z_]{1,48}$/.test(name);
  return isWord && redact(name, secret) === name ? name : undefined;
}

/** The first error with a code among an error, its causes, and those of a name's several addresses. */
function transportErrorIn(thrown: unknown): TransportError | null {
  if (typeof thrown !== 'object' || thrown === null) return null;
  const { code, address, hostname, host, port, errors, cause } =
    unsafeCast<TransportTraits>(thrown);
  const where = address ?? hostname ?? host;
  if (code !== undefined && (where !== undefined || errors === undefined)) {
    return { code, place: [where, port].filter((part) => part !== undefined).join(':') };
  }
  return transportErrorIn(errors?.[0] ?? cause);
}
