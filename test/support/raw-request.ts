import { once } from 'node:events';
import { request, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Answer } from './caller.js';

/** A request whose headers are sent as given; `fetch` would add a Content-Type of its own. */
export interface RawRequest {
  /** POST unless said. */
  method?: string;
  path: string;
  /** Values go out as latin1, so bytes beyond ASCII can be sent. */
  headers?: OutgoingHttpHeaders;
  body?: string | Uint8Array;
}

/** Sends a request on a connection of its own. */
export async function send(
  url: string,
  { method, path, headers, body }: RawRequest,
): Promise<Answer> {
  // Not a part of the address, which would change what is no path.
  const call = request(url, {
    path,
    method: method ?? 'POST',
    headers: headers ?? {},
    agent: false,
  });
  // An answer may come before all of the body has gone, and end the connection.
  call.on('error', () => undefined);
  call.end(body ?? '');
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    headers: new Headers(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    text: Buffer.concat(chunks).toString('utf8'),
  };
}

/** Opens a connection to the service, for bytes that no HTTP client would send. */
export async function openSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The first answer on a connection, as soon as its announced length is there; ends the connection. */
export async function readAnswer(socket: Socket): Promise<{ status: number; text: string }> {
  let received = Buffer.alloc(0);
  try {
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer]);
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) continue;
      const head = received.subarray(0, end).toString('latin1');
      const text = received.subarray(end + 4);
      const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
      if (text.length < length) continue;
      return { status: Number(head.split(' ')[1]), text: text.toString('utf8') };
    }
  } finally {
    socket.destroy();
  }
  throw new Error('The connection was closed without an answer');
}
