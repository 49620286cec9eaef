import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { Connections } from './common/http/connections.js';
import { assignRequestId } from './common/http/request-id.js';
import { RequestLog } from './common/http/request-log.js';
import { limitUnreadBody } from './common/http/unread-body.js';
import { IdSource } from './common/ids/id-source.js';
import { Shutdown } from './common/shutdown/shutdown.js';
import { Settings } from './config/settings.js';
import { ApiDocument } from './docs/api-document.js';

/** What Nest must be told when the application is created: bodies are read after the guards. */
export const applicationOptions = { bodyParser: false } as const;

/** Node would otherwise close a kept connection on the next call's headers. */
const headersBeyondKeepAliveMs = 5_000;

/** What every request passes through before its route. */
export function setUpApp(app: NestExpressApplication): void {
  const { http } = app.get(Settings);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', http.trustProxy ?? false);
  const connections = app.get(Connections);
  app.use(beginExchange(connections, app.get(IdSource), app.get(RequestLog), app.get(Shutdown)));
  if (http.corsOrigins.length > 0) {
    app.enableCors({
      origin: http.corsOrigins.includes('*') ? '*' : [...http.corsOrigins],
      exposedHeaders: [
        'share',
        'retry-after',
        'x-request-id',
        'x-context-trimmed',
        'idempotency-replayed',
      ],
    });
  }
  app.get(ApiDocument).describe(app);
  const server = app.getHttpServer();
  connections.watch(server);
  server.keepAliveTimeout = http.keepAliveMs;
  server.headersTimeout = Math.max(
    server.headersTimeout,
    http.keepAliveMs + headersBeyondKeepAliveMs,
  );
}

/** One function, because the router's way from one to the next costs more than what they do. */
function beginExchange(
  connections: Connections,
  ids: IdSource,
  log: RequestLog,
  shutdown: Shutdown,
) {
  return (request: Request, response: Response, next: NextFunction): void => {
    connections.begin(request, response, () => {
      assignRequestId(ids, request, response);
      log.begin(request, response);
      response.setHeader('X-Content-Type-Options', 'nosniff');
      response.setHeader('Cache-Control', 'no-store');
      if (shutdown.isRefusingTurns) response.setHeader('Connection', 'close');
      limitUnreadBody(request, response);
      next();
    });
  };
}
