import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What happens to the next COMMIT: it never arrives, or its answer never does. */
type CommitLoss = 'request' | 'answer';

/** The network between a service and its PostgreSQL server, as a test wants it. */
export interface PostgresProxy {
  /** The server's URL with the proxy's address. */
  readonly url: string;
  /** Loses the next COMMIT together with its connection; and the whole network with `thenDown`. */
  loseCommit(loss: CommitLoss, options?: { thenDown: boolean }): void;
  /** Ends all connections, and lets nobody connect until {@link up}. */
  down(): void;
  /** Keeps connections open but passes nothing on until {@link up}. */
  stall(): void;
  up(): void;
  close(): Promise<void>;
}

const commit = Buffer.from('COMMIT\0');

export async function startPostgresProxy(serverUrl: string): Promise<PostgresProxy> {
  const target = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let state: 'up' | 'down' | 'stalled' = 'up';
  let loss: { of: CommitLoss; thenDown: boolean } | null = null;

  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const lose = (pair: Socket[], thenDown: boolean) => {
    loss = null;
    if (thenDown) {
      state = 'down';
      cut();
    } else {
      for (const socket of pair) socket.destroy();
    }
  };
  const server = createServer((client) => {
    if (state === 'down') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    const pair = [client, upstream];
    for (const [socket, other] of [pair, [...pair].reverse()] as [Socket, Socket][]) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    let isAnswerLost = false;
    client.on('data', (chunk: Buffer) => {
      if (state === 'stalled') return;
      const lost = chunk.includes(commit) ? loss : null;
      if (lost?.of === 'request') {
        lose(pair, lost.thenDown);
        return;
      }
      isAnswerLost ||= lost?.of === 'answer';
      upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (state === 'stalled') return;
      if (isAnswerLost) lose(pair, loss?.thenDown ?? false);
      else client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(serverUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    loseCommit: (of, { thenDown } = { thenDown: false }) => {
      loss = { of, thenDown };
    },
    down: () => {
      state = 'down';
      cut();
    },
    stall: () => {
      state = 'stalled';
    },
    // What was stalled has lost bytes, so that its connections are of no use.
    up: () => {
      if (state === 'stalled') cut();
      state = 'up';
    },
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
