import type { Request, Response } from 'express';
import type { IdSource } from '../ids/id-source.js';

const header = 'x-request-id';
const acceptable = /^[\x21-\x7e]{1,128}$/;

/** Gives the answer an `x-request-id`: the caller's own if it is printable, else a new one. */
export function assignRequestId(ids: IdSource, { headers }: Request, response: Response): void {
  const given = headers[header];
  const isUsable = typeof given === 'string' && acceptable.test(given);
  response.setHeader(header, isUsable ? given : ids.next('req'));
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader(header));
}
