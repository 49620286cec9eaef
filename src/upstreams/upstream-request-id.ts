import type { CallWatch } from './transport/call-watch.js';
import { redact } from './transport/redact.js';

/** What the upstream calls an answer; nothing that does not look like a name, or has a key in it. */
export function upstreamRequestIdFrom(
  value: string | null | undefined,
  secret: string,
): string | null {
  if (!value || !/^[\w-]{1,64}$/.test(value)) return null;
  return redact(value, secret) === value ? value : null;
}

/** Remembers what the upstream calls an answer, for the line of the request that it is for. */
export function noteRequestId(
  { record }: CallWatch,
  headers: Pick<Headers, 'get'> | undefined,
  secret: string,
): void {
  const id = record && upstreamRequestIdFrom(headers?.get('x-request-id'), secret);
  if (id) record.upstreamRequestId = id;
}
