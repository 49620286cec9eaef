import { parseArgs } from 'node:util';
import { startSimulator } from './simulator.js';
import type { SimulatorOptions } from './simulator.js';

const usage = 'usage: main.ts [--port 9999] [--models id,id] [--piece-delay-ms 0]';

try {
  const { pieceDelayMs, ...options } = readOptions();
  const simulator = await startSimulator(options);
  if (pieceDelayMs > 0) simulator.behave({ pieceDelayMs });
  console.log(`simulator listening on ${simulator.baseUrl}`);
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.once(signal, () => void simulator.close());
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error, `\n${usage}`);
  process.exitCode = 1;
}

function readOptions(): SimulatorOptions & { pieceDelayMs: number } {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9999' },
      models: { type: 'string' },
      'piece-delay-ms': { type: 'string', default: '0' },
    },
  });
  const port = countOf('port', values.port, 65_535);
  const pieceDelayMs = countOf('piece-delay-ms', values['piece-delay-ms'], 60_000);
  if (values.models === undefined) return { port, pieceDelayMs };
  const models = values.models.split(',').map((id) => ({ id: id.trim(), shutdownDate: null }));
  return { port, pieceDelayMs, models };
}

function countOf(name: string, text: string, most: number): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count <= most) return count;
  throw new Error(`--${name}: 0 to ${most}`);
}
