import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCommand } from '../../tools/processes/start-command.js';
import { ChildRun } from '../support/child-run.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';

const listening = /Listening on (http:\/\/[^\s",]+)/;

/** A folder of its own for each test: the service's working folder, with its database and key file. */
export function workFolder(): string {
  return mkdtempSync(join(tmpdir(), 'alice-process-'));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** What a service is started with. */
export interface StartOptions {
  folder: string;
  /** Over the tests' own: any free port, a token, two keys. A variable set to undefined is left out. */
  variables?: Record<string, string | undefined>;
  flags?: readonly string[];
}

/** The service as `npm start` starts it, as a process of its own; `npm test` builds it first. */
export class AliceProcess extends ChildRun {
  constructor({ folder, variables = {}, flags = [] }: StartOptions) {
    const env = {
      NODE_ENV: 'production',
      PORT: '0',
      TOKEN: token,
      OPENAI_API_KEYS: 'sk-test-1,sk-test-2',
      RATE_LIMIT_PER_MINUTE: '0',
      WRITE_LIMIT_PER_MINUTE: '0',
      ...variables,
    };
    super(process.execPath, [...startCommand(resolve('.')), ...flags], { cwd: folder, env });
  }

  /** Until it listens. @throws Error with its output when it ends instead */
  async url(): Promise<string> {
    const address = () => listening.exec(this.output)?.[1];
    await until('the service listens', () => address() !== undefined || this.hasEnded());
    const found = address();
    if (found === undefined) {
      await this.end();
      throw new Error(`The service did not start:\n${this.output}`);
    }
    return found.replace('[::1]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
  }

  /** The most memory that it has had, in bytes, as Linux tells it. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }
}
