import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Logger } from '@nestjs/common';
import { errorCode } from '../platform/errors/error-code.js';
import type { KeySettings } from '../config/settings.js';

const printable = /^(?!["'])[\x21-\x7e]{1,512}$/;

/** All configured keys, each once: those of the environment first, then those of the key file. */
export function readKeys(
  settings: Pick<KeySettings, 'apiKeys' | 'keyFile' | 'autoRemove'>,
): string[] {
  const logger = new Logger('Keys');
  const found = [...settings.apiKeys, ...readKeyFile(settings.keyFile, logger)];
  const usable = found.filter((key) => printable.test(key));
  if (usable.length < found.length) {
    logger.warn(
      `${found.length - usable.length} key(s) hold characters that no key has and are left out`,
    );
  }
  return [...new Set(usable)];
}

/**
 * The original API's `key.txt`: one key a line. Blank lines, comments, spaces around keys, CRLF and a
 * byte-order mark are tolerated; no file at all is the ordinary case of keys given by environment.
 */
function readKeyFile(path: string, logger: Logger): string[] {
  let text: string;
  try {
    text = readFileSync(resolve(path), 'utf8');
  } catch (error) {
    const code = errorCode(error);
    const reason = code === 'EISDIR' ? 'is a folder' : `cannot be read (${code})`;
    if (code !== 'ENOENT') logger.warn(`The key file ${path} ${reason}`);
    return [];
  }
  return linesOf(text);
}

/** The keys of a key file's text; a line that begins with # is a comment. */
export function linesOf(text: string): string[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
