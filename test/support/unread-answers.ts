import { Connections } from '../../src/platform/http/connections.js';
import type { TestService } from './service.js';

/** Lets half a minute pass, in which callers that do not read are let go. */
export async function passHalfAMinute({ app, clock }: TestService): Promise<void> {
  const connections = app.get(Connections);
  await connections.closeUnread();
  await connections.closeUnread();
  clock.advance(30_000);
  await connections.closeUnread();
}
