import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { gzip } from 'node:zlib';
import express from 'express';
import { SharedBody } from './shared-body.js';

jest.mock('node:zlib', () => {
  const zlib = jest.requireActual<{ gzip: (...given: unknown[]) => void }>('node:zlib');
  return { ...zlib, gzip: jest.fn(zlib.gzip) };
});

describe('a body that is the same for everyone', () => {
  it('is compressed once, and again where that failed', async () => {
    const compress = jest.mocked(gzip) as unknown as jest.Mock;
    compress.mockImplementationOnce((_bytes: Buffer, done: (error: Error) => void) => {
      done(new Error('no memory'));
    });
    const body = new SharedBody(Buffer.from('much '.repeat(1_000)));
    const app = express();
    app.get('/', (request, response) => {
      body.send(request, response).catch(() => response.status(500).end());
    });
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const statuses: number[] = [];
    for (let asked = 0; asked < 3; asked += 1) {
      const answer = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
      statuses.push(answer.status);
      if (answer.ok) expect(await answer.text()).toBe('much '.repeat(1_000));
    }
    server.close();
    expect(statuses).toEqual([500, 200, 200]);
    expect(compress).toHaveBeenCalledTimes(2);
  });
});
