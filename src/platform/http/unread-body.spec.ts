import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import type { Request, Response } from 'express';
import { unsafeCast } from '../unsafe-cast.js';
import { limitUnreadBody } from './unread-body.js';

describe('a body that was answered without being read', () => {
  it.each([
    [10_000, false],
    [20_000, true],
  ])('may go on, but not in any number of pieces: %d', async (pieces, isDestroyed) => {
    const request = new PassThrough();
    const response = new EventEmitter();
    limitUnreadBody(unsafeCast<Request>(request), unsafeCast<Response>(response));
    response.emit('finish');
    for (let piece = 0; piece < pieces; piece += 1) {
      request.write('x');
      if (piece % 1_000 === 0) await new Promise(setImmediate);
    }
    await new Promise(setImmediate);
    expect(request.destroyed).toBe(isDestroyed);
    request.destroy();
  });
});
