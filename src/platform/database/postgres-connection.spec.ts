import { EventEmitter } from 'node:events';
import type { PoolClient } from 'pg';
import { listenForLoss, PostgresConnection } from './postgres-connection.js';

/** A client of the pool as far as its errors go. */
function newClient(): PoolClient & EventEmitter {
  const client = Object.assign(new EventEmitter(), { release: () => undefined });
  return client as unknown as PoolClient & EventEmitter;
}

describe('a connection to PostgreSQL', () => {
  it('knows of an end that came before anyone used it', () => {
    const client = newClient();
    listenForLoss(client);
    const end = new Error('terminating connection due to administrator command');
    client.emit('error', end);
    const connection = new PostgresConnection(client, 1_000);
    expect(connection.lost).toBe(end);
    connection.release();
  });

  it('hears of an end while it is used, and after it', () => {
    const client = newClient();
    listenForLoss(client);
    const connection = new PostgresConnection(client, 1_000);
    expect(connection.lost).toBeNull();
    const end = new Error('the connection is gone');
    client.emit('error', end);
    expect(connection.lost).toBe(end);
    connection.release();
    expect(() => client.emit('error', new Error('again'))).not.toThrow();
  });
});
