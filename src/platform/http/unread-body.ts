import type { Request, Response } from 'express';

/** How long a caller may go on sending a body that was answered without being read. */
const lingerMs = 2_000;
/** And in how many pieces: each costs as much as some hundred bytes do. */
const mostPieces = 16_384;

/**
 * Lets a refused caller read its answer while it still sends: closing at once would reset the
 * connection under the answer. What it sends is thrown away, and only for a while.
 */
export function limitUnreadBody(request: Request, response: Response): void {
  response.once('finish', () => {
    if (request.complete) return;
    let pieces = 0;
    request.on('data', () => {
      pieces += 1;
      if (pieces > mostPieces) request.destroy();
    });
    request.resume();
    const linger = setTimeout(() => {
      request.destroy();
    }, lingerMs).unref();
    request.once('close', () => {
      clearTimeout(linger);
    });
  });
}
