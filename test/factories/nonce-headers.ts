import { createHash, randomUUID } from 'node:crypto';
import { token } from '../support/service.js';

/** The headers of normal auth, as the original's example makes them. */
export function nonceHeaders(
  uuid: string = randomUUID(),
  secret: string = token,
): { uuid: string; token: string } {
  return { uuid, token: createHash('sha256').update(`${secret}${uuid}`).digest('hex') };
}
