import type { NextFunction, Request, Response } from 'express';
import type { IdSource } from '../ids/id-source.js';

const header = 'x-request-id';
const acceptable = /^[\x21-\x7e]{1,128}$/;

/** Gives every answer an `x-request-id`: the caller's own if it is printable, else a new one. */
export function assignRequestId(ids: IdSource) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.get(header) ?? '';
    response.setHeader(header, acceptable.test(given) ? given : ids.next('req'));
    next();
  };
}

export function requestIdOf(response: Response): string {
  return String(response.getHeader(header));
}
