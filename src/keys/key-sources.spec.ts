import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../test/support/recording-logger.js';
import { readKeys } from './key-sources.js';

let folder: string;
let logger: RecordingLogger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alice-keys-'));
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** The keys of a file with this text, after those given by environment. */
function keysOf(text: string, apiKeys: readonly string[] = []): string[] {
  const keyFile = join(folder, 'key.txt');
  writeFileSync(keyFile, text);
  return readKeys({ apiKeys, keyFile, autoRemove: true });
}

describe('the key file', () => {
  it.each([
    ['a line feed', 'sk-1\nsk-2\n'],
    ['no line feed at its end', 'sk-1\nsk-2'],
    ['CR LF', 'sk-1\r\nsk-2\r\n'],
    ['CR', 'sk-1\rsk-2\r'],
    ['a byte-order mark', '\uFEFFsk-1\nsk-2\n'],
    ['blank lines', '\n\nsk-1\n \t\n\r\nsk-2\n\n\n'],
    ['spaces around keys', '  sk-1\t\n\tsk-2  \n'],
    ['comments', '# of Bob\nsk-1\n  #sk-0\nsk-2\n'],
    ['a key that is there twice', 'sk-1\nsk-2\nsk-1\n'],
  ])('gives one key a line, with %s', (_what, text) => {
    expect(keysOf(text)).toEqual(['sk-1', 'sk-2']);
    expect(logger.lines).toEqual([]);
  });

  it.each(['', '\n', '\uFEFF', ' \r\n\t'])('gives none when it is as good as empty: %j', (text) => {
    expect(keysOf(text)).toEqual([]);
    expect(logger.lines).toEqual([]);
  });

  it('comes after the environment, each key once', () => {
    expect(keysOf('sk-2\nsk-3', ['sk-1', 'sk-2', 'sk-1'])).toEqual(['sk-1', 'sk-2', 'sk-3']);
  });

  it('may be missing', () => {
    const keyFile = join(folder, 'absent.txt');
    expect(readKeys({ apiKeys: ['sk-1'], keyFile, autoRemove: true })).toEqual(['sk-1']);
    expect(logger.lines).toEqual([]);
  });

  it('may be a folder, of which the operator is warned', () => {
    const keyFile = join(folder, 'key.txt');
    mkdirSync(keyFile);
    expect(readKeys({ apiKeys: ['sk-1'], keyFile, autoRemove: true })).toEqual(['sk-1']);
    expect(logger.lines).toHaveLength(1);
    expect(logger.text).toContain('warn');
    expect(logger.text).toContain(keyFile);
  });

  it.each([
    ['a blank', 'sk-bad key'],
    ['a letter that no header takes', 'sk-bad-é'],
    ['a control character', 'sk-bad-\u0007-'],
    ['more than 512 characters', `sk-bad-${'x'.repeat(506)}`],
  ])('warns of a key with %s without showing it', (_what, bad) => {
    expect(keysOf(`sk-1\n${bad}\nsk-2`)).toEqual(['sk-1', 'sk-2']);
    expect(logger.lines).toHaveLength(1);
    expect(logger.text).toContain('1 key(s)');
    expect(logger.text).not.toContain('bad');
  });

  it('takes a key of 512 characters', () => {
    const long = 'k'.repeat(512);
    expect(keysOf(long)).toEqual([long]);
  });
});

describe('the keys of the environment', () => {
  it('are held to the same characters', () => {
    expect(keysOf('', ['sk-é', 'sk-1'])).toEqual(['sk-1']);
    expect(logger.text).toContain('1 key(s)');
  });
});
