import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.js';
import type { SimulatorOptions } from './simulator.js';

const usage = 'usage: main.ts [--port 9999] [--models id,id]';

try {
  const simulator = await startSimulator(readOptions());
  console.log(`simulator listening on ${simulator.baseUrl}`);
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => void simulator.close());
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error, `\n${usage}`);
  process.exitCode = 1;
}

function readOptions(): SimulatorOptions {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '9999' }, models: { type: 'string' } },
  });
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error('--port: 0 to 65535');
  if (values.models === undefined) return { port };
  const models = values.models.split(',').map((id) => ({ id: id.trim(), shutdownDate: null }));
  return { port, models };
}
