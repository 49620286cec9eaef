import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Simulator } from '../simulator/simulator.js';
import { Processes } from './processes.js';
import { startCommand } from './start-command.js';

const root = join(import.meta.dirname, '../..');

/** What {@link withBuiltService} has started. */
export interface BuiltService {
  url: string;
  token: string;
  /** The model service behind it. */
  simulator: Simulator;
}

/** Does something with the built service, on a database and settings of its own, and ends it. */
export async function withBuiltService<Result>(
  use: (service: BuiltService) => Promise<Result>,
  variables: Record<string, string> = {},
): Promise<Result> {
  const token = 'alice';
  const folder = mkdtempSync(join(tmpdir(), 'alice-tool-'));
  const processes = new Processes();
  process.once('exit', () => {
    processes.killAll();
    rmSync(folder, { recursive: true, force: true });
  });
  const simulator = await startSimulator();
  try {
    const service = processes.start({
      name: 'the service',
      args: startCommand(root),
      cwd: folder,
      env: {
        PORT: '0',
        TOKEN: token,
        OPENAI_API_KEYS: 'sk-test',
        OPENAI_BASE_URL: simulator.baseUrl,
        DATABASE_URL: `sqlite:${join(folder, 'alice.db')}`,
        ...variables,
      },
    });
    const url = await service.waitForOutput(/Listening on (http:[^\s,"]+)/, 30_000);
    return await use({ url, token, simulator });
  } finally {
    await processes.stopAll();
    await simulator.close();
  }
}
