import type { Response } from 'express';

const header = 'x-context-trimmed';

/** Tells the caller how many turns of a history were left out, while headers can still be set. */
export function sendTrimmed(response: Response, turns: number): void {
  if (!response.headersSent) response.setHeader(header, turns);
}

/** What the caller was told of it, as headers. */
export function trimmedHeaders(response: Response): Record<string, string> {
  const turns = response.getHeader(header);
  return turns === undefined ? {} : { [header]: String(turns) };
}
