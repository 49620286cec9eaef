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
  constructor(isTerminal = process.stdout.isTTY) {
    super({ prefix: 'Alice', json: !isTerminal, logLevels: levels.info });
  }

  setLevel(level: LogLevel): void {
    this.setLogLevels(levels[level]);
  }

  /** The framework's report of a failed start is left out: main says why in a sentence. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (rest.at(-1) !== 'ExceptionHandler') super.error(message, ...rest);
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (startUpContexts.has(rest.at(-1)) && !this.isLevelEnabled('debug')) return;
    super.log(message, ...rest);
  }

  /** In a terminal an event is one line too: its name, then what is known of it. */
  protected override stringifyMessage(message: unknown, logLevel: NestLogLevel): string {
    if (typeof message !== 'object' || message === null || !('event' in message)) {
      return super.stringifyMessage(message, logLevel);
    }
    const { event, ...facts } = message;
    const known = Object.entries(facts).filter(([, value]) => value !== undefined);
    const texts = known.map(([name, value]) => `${name}=${textOf(value)}`);
    return this.colorize([String(event), ...texts].join(' '), logLevel);
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
