import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const script = resolve('tools/build/assert-built.js');

describe('npm start', () => {
  it('says what is missing in a checkout that was not built, and nothing in one that was', () => {
    const folder = mkdtempSync(join(tmpdir(), 'alice-built-'));
    const run = () => {
      const { status, stderr } = spawnSync(process.execPath, [script], { cwd: folder });
      return { status, said: stderr.toString() };
    };
    try {
      expect(run()).toEqual({ status: 1, said: 'The service is not built yet: npm run build\n' });
      mkdirSync(join(folder, 'dist'));
      writeFileSync(join(folder, 'dist/main.js'), '');
      expect(run()).toEqual({ status: 0, said: '' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
