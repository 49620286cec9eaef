import { setTimeout as pause } from 'node:timers/promises';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Shutdown } from './shutdown.js';
import { Settings } from '../../config/settings.js';
import { InFlightCalls } from './in-flight-calls.js';

/** What calls that are no turns, or whose bodies still come, get once all turns are over. */
const lastRequestsMs = 2_000;

/**
 * The way out: readiness says no, then new turns are refused while running ones finish, and at last
 * tasks stop and pools close.
 */
export async function shutDown(app: NestExpressApplication): Promise<void> {
  const { delayMs } = app.get(Settings).shutdown;
  app.get(Shutdown).announce();
  await pause(delayMs);
  await app.get(InFlightCalls, { strict: false }).finish();
  // Idle connections are closed only now, with the server: a call on its way would be lost with them.
  setTimeout(() => {
    app.getHttpServer().closeAllConnections();
  }, lastRequestsMs).unref();
  await app.close();
}
