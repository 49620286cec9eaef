import { ConsoleLogger, type LogLevel as NestLogLevel } from '@nestjs/common';
import type { LogLevel } from '../../config/settings.js';

const levels: Record<LogLevel, NestLogLevel[]> = {
  fatal: ['fatal'],
  error: ['fatal', 'error'],
  warn: ['fatal', 'error', 'warn'],
  info: ['fatal', 'error', 'warn', 'log'],
  debug: ['fatal', 'error', 'warn', 'log', 'debug', 'verbose'],
};

/** What the framework tells of its own start: a line for each module and route. */
const startUpContexts = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Lines for people in a terminal, one JSON object a line for collectors elsewhere. */
export class AppLogger extends ConsoleLogger {
  private printsEvents = true;

  constructor(private readonly isTerminal = process.stdout.isTTY) {
    super({ prefix: 'Alice', json: !isTerminal, logLevels: levels.info });
  }

  setLevel(level: LogLevel): void {
    this.setLogLevels(levels[level]);
    this.printsEvents = levels[level].includes('log');
  }

  /** The framework's report of a failed start is left out: main says why in a sentence. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (!this.isTerminal && isEvent(message)) {
      if (this.printsEvents) writeEvent(message, context);
      return;
    }
    if (startUpContexts.has(context) && !this.isLevelEnabled('debug')) return;
    super.log(message, ...rest);
  }

  /** In a terminal an event is one line too: its name, then what is known of it. */
  protected override stringifyMessage(message: unknown, logLevel: NestLogLevel): string {
    if (!isEvent(message)) return super.stringifyMessage(message, logLevel);
    const { event, ...facts } = message;
    const known = Object.entries(facts).filter(([, value]) => value !== undefined);
    const texts = known.map(([name, value]) => `${name}=${textOf(value)}`);
    return this.colorize([String(event), ...texts].join(' '), logLevel);
  }
}

function isEvent(message: unknown): message is object & { event: unknown } {
  return typeof message === 'object' && message !== null && 'event' in message;
}

/** As the framework writes it, for a third of the time: every request makes one. */
function writeEvent(message: object, context: unknown): void {
  const line = { level: 'log', pid: process.pid, timestamp: Date.now(), message, context };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
