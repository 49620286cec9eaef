import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { assignRequestId } from './common/http/request-id.js';
import { limitUnreadBody } from './common/http/unread-body.js';
import { IdSource } from './common/ids/id-source.js';
import { Settings } from './config/settings.js';
import { ApiDocument } from './docs/api-document.js';

/** What Nest must be told when the application is created: bodies are read after the guards. */
export const applicationOptions = { bodyParser: false } as const;

/** What every request passes through before its route. */
export function setUpApp(app: NestExpressApplication): void {
  const { http } = app.get(Settings);
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('trust proxy', http.trustProxy ?? false);
  app.use(beginExchange(app.get(IdSource)));
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
}

/** One function, because the router's way from one to the next costs more than what they do. */
function beginExchange(ids: IdSource) {
  return (request: Request, response: Response, next: NextFunction): void => {
    assignRequestId(ids, request, response);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cache-Control', 'no-store');
    limitUnreadBody(request, response);
    next();
  };
}
