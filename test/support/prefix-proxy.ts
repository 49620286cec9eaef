import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** A proxy in front of a service. */
interface PrefixProxy {
  /** What browsers call the service by: its host and the prefix, without a slash at the end. */
  readonly url: string;
  /** What was asked for beside the prefix: links that do not hold behind it. */
  readonly strays: string[];
  close(): Promise<void>;
}

/** Serves a service under a path of its own, which it takes away: the service hears nothing of it. */
export async function startPrefixProxy(target: string, prefix: string): Promise<PrefixProxy> {
  const { hostname, port } = new URL(target);
  const strays: string[] = [];
  const server = createServer((asked, answer) => {
    const { method, headers, url: path = '' } = asked;
    if (!path.startsWith(`${prefix}/`)) {
      // Browsers look for it by themselves, and complain where there is none.
      const isIcon = path === '/favicon.ico';
      if (!isIcon) strays.push(path);
      answer.writeHead(isIcon ? 204 : 404).end();
      return;
    }
    const options = { hostname, port, method, headers, path: path.slice(prefix.length) };
    const passed = request(options, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      pipeline(got, answer, () => undefined);
    });
    passed.on('error', () => answer.destroy());
    pipeline(asked, passed, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}${prefix}`,
    strays,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
