import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startCommand } from '../../tools/processes/start-command.js';
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
export class AliceProcess {
  /** Both outputs, as they came. */
  output = '';
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | string>;

  constructor({ folder, variables = {}, flags = [] }: StartOptions) {
    const ours = {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      PORT: '0',
      TOKEN: token,
      OPENAI_API_KEYS: 'sk-test-1,sk-test-2',
      RATE_LIMIT_PER_MINUTE: '0',
      WRITE_LIMIT_PER_MINUTE: '0',
      ...variables,
    };
    const env = Object.fromEntries(Object.entries(ours).filter(([, value]) => value !== undefined));
    this.child = spawn(process.execPath, [...startCommand(resolve('.')), ...flags], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString('utf8')));
    }
    // 'close' comes after the last of the output, 'exit' may not.
    this.exited = once(this.child, 'close').then(([code, signal]: unknown[]) => {
      return (code ?? signal) as number | string;
    });
  }

  /** Until it listens. @throws Error with its output when it ends instead */
  async url(): Promise<string> {
    const address = () => listening.exec(this.output)?.[1];
    await until('the service listens', () => address() !== undefined || this.hasEnded());
    const found = address();
    if (found === undefined) {
      await this.exited;
      throw new Error(`The service did not start:\n${this.output}`);
    }
    return found.replace('[::1]', '127.0.0.1').replace('0.0.0.0', '127.0.0.1');
  }

  /** The most memory that it has had, in bytes, as Linux tells it. */
  peakMemory(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }

  /** The exit code, or the signal that ended it. */
  end(): Promise<number | string> {
    return this.exited;
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    if (!this.hasEnded()) this.child.kill(signal);
    return this.exited;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}
