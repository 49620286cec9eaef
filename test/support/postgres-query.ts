import { resolve } from 'node:path';
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

const patienceMs = 90_000;
let worker: Worker | null = null;

/**
 * Runs one statement beside the service and waits for it, as a test can on a SQLite file: so that
 * what looks into the database, and what turns its clock, is written the same for both.
 *
 * @param sql with `?` for each parameter
 */
export function queryPostgres<Row>(url: string, sql: string, parameters: unknown[]): Row[] {
  worker ??= startWorker();
  let count = 0;
  const text = sql.replaceAll('?', () => `$${(count += 1)}`);
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ url, sql: text, parameters, port: port2, signal }, [port2]);
  Atomics.wait(signal, 0, 0, patienceMs);
  const received = receiveMessageOnPort(port1) as
    { message: { rows: Row[] } | { error: string } } | undefined;
  port1.close();
  if (!received) throw new Error(`PostgreSQL did not answer: ${sql}`);
  if ('error' in received.message) throw new Error(`${received.message.error}: ${sql}`);
  return received.message.rows;
}

function startWorker(): Worker {
  const started = new Worker(resolve('test/support/postgres-query.worker.cjs'));
  started.unref();
  return started;
}
