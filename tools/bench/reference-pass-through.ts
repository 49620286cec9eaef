// F, the floor: the least a node server can do between a caller and an upstream. It only forwards.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { Pool } from 'undici';

const upstream = new URL(process.env['UPSTREAM_URL'] ?? '');
const pool = new Pool(upstream.origin, { connections: 64 });

async function passThrough(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const answer = await pool.request({
    path: `${upstream.pathname}${request.url ?? ''}`,
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: request.headers.authorization ?? '',
    },
    body,
  });
  response.writeHead(answer.statusCode, {
    'content-type': answer.headers['content-type'] ?? 'application/json',
  });
  answer.body.pipe(response);
}

const server = createServer((request, response) => {
  passThrough(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
server.listen(Number(process.env['PORT']), '127.0.0.1', () => {
  console.log('listening');
});
