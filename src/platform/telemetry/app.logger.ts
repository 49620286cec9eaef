import { ConsoleLogger, type LogLevel as NestLogLevel } from '@nestjs/common';
import type { LogLevel } from '../../config/settings.js';

type PrintAsJson = Parameters<ConsoleLogger['printAsJson']>;

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

const reportersOfFailedStarts = new Set<unknown>(['ExceptionHandler', 'NestApplication']);

/** What collectors know the framework's levels as. */
const words: Record<NestLogLevel, string> = {
  fatal: 'fatal',
  error: 'error',
  warn: 'warn',
  log: 'info',
  debug: 'debug',
  verbose: 'trace',
};

/** Lines for people in a terminal, one flat JSON object a line for collectors elsewhere. */
export class AppLogger extends ConsoleLogger {
  private printsEvents = true;

  constructor(private readonly isTerminal = process.stdout.isTTY) {
    super({ prefix: 'Alice', json: !isTerminal, logLevels: levels.info });
  }

  setLevel(level: LogLevel): void {
    this.setLogLevels(levels[level]);
    this.printsEvents = levels[level].includes('log');
  }

  /** The framework's reports of a failed start are left out: main says why in a sentence. */
  override error(message: unknown, ...rest: unknown[]): void {
    if (!reportersOfFailedStarts.has(rest.at(-1))) super.error(message, ...rest);
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (!this.isTerminal && isEvent(message)) {
      if (this.printsEvents) writeEvent(message, context);
    } else if (!startUpContexts.has(context)) super.log(message, ...rest);
  }

  protected override printAsJson(...[message, options]: PrintAsJson): void {
    const {
      level,
      pid,
      timestamp,
      message: text,
      ...rest
    } = this.getJsonLogObject(message, options);
    const line = {
      time: new Date(timestamp).toISOString(),
      level: words[level],
      pid,
      ...rest,
      ...(isEvent(text) ? text : { message: text }),
    };
    process[options.writeStreamType ?? 'stdout'].write(`${this.stringifyJsonLogObject(line)}\n`);
  }

  /** The same for every reader, wherever the machine is. */
  protected override getTimestamp(): string {
    return new Date().toISOString();
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
  const beginning = `{"time":"${new Date().toISOString()}","level":"${words.log}","pid":${process.pid}`;
  const about = context === undefined ? '' : `,"context":${JSON.stringify(context)}`;
  process.stdout.write(`${beginning}${about},${JSON.stringify(message).slice(1)}\n`);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
