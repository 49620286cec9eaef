import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { errorCode } from '../platform/errors/error-code.js';
import { linesOf } from './key-sources.js';

const printable = /^(?!["'])[\x21-\x7e]{8,256}$/;

/**
 * Watches KEY_FILE. A file is caught while it is written or swept away by a deployment, so it counts
 * only when two looks in a row agree and every line of it is a key; otherwise what was read before
 * stays, and the log says so once.
 */
export class KeyFile {
  private readonly logger = new Logger('Keys');
  private readonly path: string;
  private seen = '';
  private text: string | null = null;
  private settled: string | null = null;

  /** @param keys what the file held when the service started */
  constructor(
    private readonly givenPath: string,
    private keys: readonly string[],
  ) {
    this.path = resolve(givenPath);
  }

  /** One look; a second apart. @returns the keys, when the file holds others than before */
  async look(): Promise<readonly string[] | null> {
    const text = await this.readIfChanged();
    if (text === this.settled) return null;
    const isSettled = text === this.text;
    this.text = text;
    if (!isSettled) return null;
    this.settled = text;
    return this.apply(text);
  }

  private apply(text: string): readonly string[] | null {
    const keys = [...new Set(linesOf(text))];
    if (keys.length === this.keys.length && keys.every((key) => this.keys.includes(key))) {
      return null;
    }
    const problem = problemOf(keys);
    if (problem !== null) {
      this.logger.warn(`The key file ${this.givenPath} ${problem}: the keys read before stay`);
      return null;
    }
    this.keys = keys;
    return keys;
  }

  /** A file that cannot be read reads like an empty one. */
  private async readIfChanged(): Promise<string> {
    try {
      const { mtimeMs, size, ino } = await stat(this.path);
      const seen = `${mtimeMs} ${size} ${ino}`;
      if (seen === this.seen && this.settled !== null && this.text === this.settled) {
        return this.settled;
      }
      const text = await readFile(this.path, 'utf8');
      this.seen = seen;
      return text;
    } catch (error) {
      if (errorCode(error) === '') throw error;
      this.seen = '';
      return '';
    }
  }
}

function problemOf(keys: readonly string[]): string | null {
  if (keys.length === 0) return 'is gone or empty';
  const wrong = keys.filter((key) => !printable.test(key)).length;
  if (wrong === 0) return null;
  return `has ${wrong} line(s) that are not 8 to 256 printable characters, without quotes`;
}
