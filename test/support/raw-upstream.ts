import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An upstream that does what no rule of the simulator does. */
export interface RawUpstream {
  readonly baseUrl: string;
  /** How many calls of a model have come. */
  calls(): number;
  close(): Promise<void>;
}

/** A server on 127.0.0.1 whose requests are read to their end before `answer` is asked. */
export async function startRawUpstream(
  answer: (response: ServerResponse, request: IncomingMessage) => void,
): Promise<RawUpstream> {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'GET') {
      // The service's look at the models at its start.
      response.end('{"data":[]}');
      return;
    }
    calls += 1;
    request.on('end', () => {
      answer(response, request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    calls: () => calls,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A port of 127.0.0.1 that nobody listens on. */
export async function unusedPort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** One chunk of a chat completion stream, as a frame. */
export function chunkFrame(content: string, finishReason: string | null = null): string {
  const choice = { index: 0, delta: { content }, finish_reason: finishReason };
  return `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [choice] })}\n\n`;
}
