import type { IncomingMessage } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Request, RequestHandler } from 'express';
import type { AppError } from './platform/errors/app.error.js';
import { TooManyHeadersError, UnknownHostError } from './platform/errors/http.errors.js';
import { BytesInFlight } from './platform/http/bytes-in-flight.js';
import { Connections } from './platform/http/connections.js';
import { hostCheck } from './platform/http/hosts.js';
import { assignRequestId } from './platform/telemetry/request-id.js';
import { RequestLog } from './platform/telemetry/request-log.js';
import { RequestRecord } from './platform/telemetry/request-record.js';
import { limitUnreadBody } from './platform/http/unread-body.js';
import { IdSource } from './platform/ids/id-source.js';
import { Shutdown } from './platform/lifecycle/shutdown.js';
import { Settings } from './config/settings.js';
import { ApiDocument } from './api/docs/api-document.js';

/** What Nest must be told when the application is created: bodies are read after the guards. */
export const applicationOptions = { bodyParser: false } as const;

/** Node would otherwise close a kept connection on the next call's headers. */
const headersBeyondKeepAliveMs = 5_000;

/** Of one request. */
const mostHeaders = 128;

/** What every request passes through before its route. */
export function setUpApp(app: NestExpressApplication): void {
  const { http } = app.get(Settings);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', http.trustProxy ?? false);
  const isForUs = hostCheck(http);
  const check = ({ headers: { host }, rawHeaders }: Request): AppError | undefined => {
    if (!isForUs(host)) return new UnknownHostError(host ?? '');
    return rawHeaders.length > 2 * mostHeaders ? new TooManyHeadersError(mostHeaders) : undefined;
  };
  app.use(exchange(app, check));
  if (http.corsOrigins.length > 0) {
    app.enableCors({
      origin: http.corsOrigins.includes('*') ? '*' : [...http.corsOrigins],
      exposedHeaders: [
        'share',
        'retry-after',
        'x-request-id',
        'x-error-code',
        'x-context-trimmed',
        'idempotency-replayed',
      ],
    });
  }
  app.get(ApiDocument).describe(app);
  const server = app.getHttpServer();
  app.get(Connections).watch(server);
  server.prependListener('request', giveAPath);
  // All are counted: beyond 2,000 Node would drop them without a word.
  server.maxHeadersCount = 0;
  server.keepAliveTimeout = http.keepAliveMs;
  server.headersTimeout = Math.max(
    server.headersTimeout,
    http.keepAliveMs + headersBeyondKeepAliveMs,
  );
}

/**
 * The beginning and the end of every request: one function for each, because the router's way from
 * one to the next, and another listener of the same event, cost more than what they do.
 */
function exchange(
  app: NestExpressApplication,
  check: (request: Request) => AppError | undefined,
): RequestHandler {
  const connections = app.get(Connections);
  const bytesInFlight = app.get(BytesInFlight);
  const ids = app.get(IdSource);
  const log = app.get(RequestLog);
  const shutdown = app.get(Shutdown);
  return (request, response, next) => {
    connections.begin(request, () => {
      assignRequestId(ids, request, response);
      const record = RequestRecord.begin(response);
      response.once('close', () => {
        log.write(request, response, record);
        bytesInFlight.release(request);
        // Whoever else waits for the end of this one gives back what it held first.
        process.nextTick(() => {
          connections.end(request);
        });
      });
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Cache-Control', 'no-store');
      if (shutdown.isRefusingTurns) response.setHeader('Connection', 'close');
      limitUnreadBody(request, response);
      next(check(request));
    });
  };
}

/**
 * Express has an answer of its own, not in any API's form, to what has no path: `OPTIONS *`, or an
 * address that cannot be read. Made a path, it is one that no route has.
 */
function giveAPath(request: IncomingMessage): void {
  const { url = '' } = request;
  if (url.startsWith('/')) return;
  const isAddress = /^https?:/i.test(url) && URL.canParse(url);
  request.url = isAddress ? pathOf(new URL(url)) : `/${url}`;
}

function pathOf({ pathname, search }: URL): string {
  return `${pathname}${search}`;
}
