import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { RecordingLogger } from '../../test/support/recording-logger.js';
import { KeyFile } from './key-file.js';

const before = ['sk-first-1', 'sk-second-2'];
let folder: string;
let path: string;
let file: KeyFile;
let logger: RecordingLogger;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'alice-keys-'));
  path = join(folder, 'key.txt');
  logger = new RecordingLogger();
  Logger.overrideLogger(logger);
  writeFileSync(path, before.join('\n'));
  file = new KeyFile(path, before);
  expect([await file.look(), await file.look(), await file.look()]).toEqual([null, null, null]);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a key file that changes', () => {
  it('counts when two looks agree', async () => {
    writeFileSync(path, 'sk-first-1\nsk-third-3\n');
    expect(await file.look()).toBeNull();
    expect(await file.look()).toEqual(['sk-first-1', 'sk-third-3']);
    expect(await file.look()).toBeNull();
    expect(logger.lines).toEqual([]);
  });

  it('does not count while it is still being written', async () => {
    writeFileSync(path, 'sk-first-1\nsk-third');
    expect(await file.look()).toBeNull();
    writeFileSync(path, 'sk-first-1\nsk-third-3\nsk-fou');
    expect(await file.look()).toBeNull();
    writeFileSync(path, 'sk-first-1\nsk-third-3\nsk-fourth-4\n');
    expect(await file.look()).toBeNull();
    expect(await file.look()).toEqual(['sk-first-1', 'sk-third-3', 'sk-fourth-4']);
  });

  it.each([
    ['a line is too short', 'sk-first-1\nsk-2\n'],
    ['a line is too long', `sk-first-1\n${'k'.repeat(257)}\n`],
    ['a line is in quotes', 'sk-first-1\n"sk-second-2"\n'],
    ['a line has a blank', 'sk-first-1\nsk second 2\n'],
    ['a line has a control character', 'sk-first-1\nsk-\u0007econd-2\n'],
    ['it is empty', ''],
    ['it has only blank lines', '\n \n'],
  ])('changes nothing when %s, and says so once', async (_what, text) => {
    writeFileSync(path, text);
    for (let look = 0; look < 4; look += 1) expect(await file.look()).toBeNull();
    expect(logger.lines).toHaveLength(1);
    expect(logger.text).toContain('warn');
    expect(logger.text).toContain(path);
    expect(logger.text).not.toContain('sk-');
  });

  it('changes nothing when it vanished, and counts again when it is back', async () => {
    rmSync(path);
    for (let look = 0; look < 4; look += 1) expect(await file.look()).toBeNull();
    expect(logger.lines).toHaveLength(1);
    writeFileSync(path, 'sk-third-3');
    expect(await file.look()).toBeNull();
    expect(await file.look()).toEqual(['sk-third-3']);
  });

  it('tolerates what it does at the start', async () => {
    writeFileSync(path, '\uFEFF\r\n  sk-third-3\t\r\n\r\nsk-third-3\r\n');
    await file.look();
    expect(await file.look()).toEqual(['sk-third-3']);
  });

  it('is no change when it holds the same keys', async () => {
    writeFileSync(path, `\n${[...before].reverse().join('\n\n')}\n`);
    for (let look = 0; look < 3; look += 1) expect(await file.look()).toBeNull();
    expect(logger.lines).toEqual([]);
  });
});
