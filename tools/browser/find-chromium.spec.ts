import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './find-chromium.js';

describe('the browser that pages are tried in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'alice-path-'));
  const [first, second] = ['first', 'second'].map((name) => join(folder, name)) as [string, string];
  const PATH = `${first}:${second}`;

  beforeAll(() => {
    for (const path of [first, second]) mkdirSync(path);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is none where none is installed, and nothing is that cannot be run', () => {
    writeFileSync(join(first, 'chromium'), '');
    expect([findChromium({}), findChromium({ PATH })]).toEqual([null, null]);
  });

  it('is the one in PATH, unless another is named', () => {
    const program = join(second, 'google-chrome');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    expect(findChromium({ PATH })).toBe(program);
    expect(findChromium({ PATH, CHROMIUM_PATH: '/opt/chrome' })).toBe('/opt/chrome');
  });
});
