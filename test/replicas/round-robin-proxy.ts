import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A load balancer that knows nothing of what it passes on. */
export interface RoundRobinProxy {
  readonly url: string;
  /** Replaces the servers that calls go to, in turn. */
  use(targets: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Passes each call to the next server. One that cannot even be connected to is left out, as balancers
 * do; everything later, when the call may have been taken, is its caller's to judge.
 */
export async function startRoundRobinProxy(): Promise<RoundRobinProxy> {
  const agent = new Agent({ keepAlive: true });
  let targets: readonly string[] = [];
  let next = 0;
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      forward(targets.length);
    });
    const forward = (left: number): void => {
      const target = targets[(next += 1) % targets.length];
      const { method, headers, url = '/' } = incoming;
      const call = request(`${target ?? ''}${url}`, { method: method ?? 'GET', headers, agent });
      call.on('response', (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.on('error', () => outgoing.destroy()).pipe(outgoing);
      });
      call.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'ECONNREFUSED' && left > 1) forward(left - 1);
        else outgoing.destroy();
      });
      outgoing.on('close', () => call.destroy());
      call.end(Buffer.concat(chunks));
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    use: (urls) => {
      targets = urls;
    },
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
