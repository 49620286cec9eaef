import type { Duplex } from 'node:stream';
import type { PoolClient, QueryConfig, QueryResult } from 'pg';
import { unsafeCast } from '../unsafe-cast.js';
import type { Row } from './database.js';

/** What became of a query; those after a failed one of the same transaction failed with it. */
export type QueryOutcome = PromiseSettledResult<QueryResult<Row>>;

/**
 * What has ended clients of the pool. One read of a socket may bring the end right behind the beginning,
 * before a batch listens, and an error that nobody hears would end the process.
 */
const losses = new WeakMap<PoolClient, Error>();

/** Listens to a new client of the pool for as long as it lives. */
export function listenForLoss(client: PoolClient): void {
  client.on('error', (error) => losses.set(client, error));
}

/** A pooled connection for as long as one batch needs it. */
export class PostgresConnection {
  /** Why it cannot be used any more. */
  lost: Error | null;
  /** Whether it was given up because the server did not answer in time. */
  isTooLate = false;
  private readonly deadline: NodeJS.Timeout;
  private readonly onError = (error: Error): void => {
    this.lost ??= error;
  };

  /** @param timeoutMs how long the whole batch may take; servers that hang end no statement */
  constructor(
    private readonly client: PoolClient,
    timeoutMs: number,
  ) {
    this.lost = losses.get(client) ?? null;
    client.on('error', this.onError);
    this.deadline = setTimeout(() => {
      this.isTooLate = true;
      const { connection } = unsafeCast<{ connection: { stream: Duplex } }>(client);
      // The driver's own end would wait for the answers; without its socket they fail at once.
      connection.stream.destroy(new Error(`The database did not answer within ${timeoutMs} ms`));
    }, timeoutMs);
  }

  /** Sends all queries at once, so that they take one round trip together. */
  send(queries: readonly QueryConfig[]): Promise<QueryOutcome[]> {
    return Promise.allSettled(queries.map((query) => this.client.query<Row>(query)));
  }

  /** Gives it back to the pool, which closes a lost one. */
  release(): void {
    clearTimeout(this.deadline);
    this.client.release(this.lost ?? undefined);
    this.client.off('error', this.onError);
  }
}
