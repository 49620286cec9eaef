import type { Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { UpstreamAuth, UpstreamSettings } from '../../config/settings.js';
import { AnsweredError } from '../dialects/answered-error.js';
import { readBeginning } from './answer-limits.js';

/** A request to the upstream with one key. */
export interface UpstreamRequest {
  /** Behind the base URL. */
  path: string;
  /** JSON text. */
  body: string;
  secret: string;
  stream: boolean;
  signal: AbortSignal;
}

/** The head of an answer, and its body as it comes. */
export interface UpstreamAnswer {
  headers: AnswerHeaders;
  body: Readable;
}

/** The headers of an answer. */
export class AnswerHeaders {
  constructor(private readonly headers: Readonly<Record<string, string | string[] | undefined>>) {}

  /** @param name in lower case */
  get(name: string): string | null {
    const value = this.headers[name];
    return (Array.isArray(value) ? value.join(', ') : value) ?? null;
  }
}

/** No answer came: the connection could not be made, or broke before the answer's head. */
export class NoAnswerError extends Error {
  constructor(cause: unknown) {
    super('No answer', { cause });
  }
}

/** Refusals have no more to say, in bytes: the status counts, whatever is left of the words. */
const longestRefusal = 1024 * 1024;

/** The one way to a model service, over connections that are kept open between calls. */
export class UpstreamConnection {
  private readonly auth: UpstreamAuth;
  private readonly origin: string;
  private readonly pathname: string;
  private readonly search: string;

  constructor(
    { baseUrl, auth }: Pick<UpstreamSettings, 'baseUrl' | 'auth'>,
    private readonly dispatcher: Dispatcher,
  ) {
    this.auth = auth;
    const { origin, pathname, search } = new URL(baseUrl);
    this.origin = origin;
    this.pathname = pathname.replace(/\/$/, '');
    this.search = search;
  }

  /**
   * @throws AnsweredError when it is refused, NoAnswerError, or the reason of the signal
   */
  async post({ path, body, secret, stream, signal }: UpstreamRequest): Promise<UpstreamAnswer> {
    const answer = await this.dispatcher
      .request({
        origin: this.origin,
        path: `${this.pathname}${path}${this.search}`,
        method: 'POST',
        headers: {
          accept: stream ? 'text/event-stream' : 'application/json',
          // Without it any coding may be sent; some send one even so.
          'accept-encoding': 'identity',
          'content-type': 'application/json',
          ...authHeaders(this.auth, secret),
        },
        body,
        signal,
        // Silence in a stream is the call watch's business.
        ...(stream ? { bodyTimeout: 0 } : {}),
      })
      .catch((error: unknown) => {
        signal.throwIfAborted();
        throw new NoAnswerError(error);
      });
    const headers = new AnswerHeaders(answer.headers);
    const decoded = decode(answer.body, headers.get('content-encoding'));
    if (answer.statusCode >= 200 && answer.statusCode < 300) return { headers, body: decoded };
    const text = await readBeginning(decoded, longestRefusal);
    throw new AnsweredError(answer.statusCode, parsed(text), text, headers);
  }
}

/** The header that says whose request it is. */
export function authHeaders(auth: UpstreamAuth, secret: string): Record<string, string> {
  return auth === 'api-key' ? { 'api-key': secret } : { authorization: `Bearer ${secret}` };
}

function decode(body: Readable, coding: string | null): Readable {
  const decoder = decoderFor(coding?.trim().toLowerCase());
  if (!decoder) return body;
  body.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => body.destroy());
  return body.pipe(decoder);
}

function decoderFor(coding: string | undefined) {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
