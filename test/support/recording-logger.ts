import type { LoggerService } from '@nestjs/common';

/** Keeps every line of the log instead of printing it. */
export class RecordingLogger implements LoggerService {
  readonly lines: string[] = [];

  log = (...parts: unknown[]): void => {
    this.keep('log', parts);
  };
  warn = (...parts: unknown[]): void => {
    this.keep('warn', parts);
  };
  error = (...parts: unknown[]): void => {
    this.keep('error', parts);
  };
  fatal = (...parts: unknown[]): void => {
    this.keep('fatal', parts);
  };
  debug = (...parts: unknown[]): void => {
    this.keep('debug', parts);
  };
  verbose = (...parts: unknown[]): void => {
    this.keep('verbose', parts);
  };

  /** The whole log as text. */
  get text(): string {
    return this.lines.join('\n');
  }

  private keep(level: string, parts: unknown[]): void {
    this.lines.push(`${level} ${parts.map((part) => JSON.stringify(part)).join(' ')}`);
  }
}
