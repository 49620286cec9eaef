import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the service unless what is built is newer than all that it is built from. */
export function buildIfNeeded(root: string): void {
  const built = join(root, 'dist/main.js');
  const sources = [
    join(root, 'package-lock.json'),
    ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((path) =>
      join(root, 'src', path),
    ),
  ];
  const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
  if (existsSync(built) && statSync(built).mtimeMs > newest) return;
  console.log('Building the service …');
  const { status } = spawnSync('npm run --silent build', {
    cwd: root,
    shell: true,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('The build failed');
}
