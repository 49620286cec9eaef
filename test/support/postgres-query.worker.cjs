// Runs the statements of postgres-query.ts, one after the other, while the test waits.
const { parentPort } = require('node:worker_threads');
const { Client, types } = require('pg');

types.setTypeParser(types.builtins.INT8, Number);
types.setTypeParser(types.builtins.BOOL, (value) => (value === 't' ? 1 : 0));

const clients = new Map();

async function clientOf(url) {
  const known = clients.get(url);
  if (known) return known;
  const client = new Client({ connectionString: url });
  // The database goes with its test, whoever is still connected.
  client.on('error', () => clients.delete(url));
  await client.connect();
  clients.set(url, client);
  return client;
}

parentPort.on('message', async ({ url, sql, parameters, port, signal }) => {
  try {
    const { rows } = await (await clientOf(url)).query(sql, parameters);
    port.postMessage({ rows });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
