import type { BufferedResponse } from '../../platform/http/buffered-response.js';

/** JSON text as the answer of a call that came about. */
export function jsonAnswer(body: string, headers: Record<string, string> = {}): BufferedResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...headers },
    body,
  };
}
