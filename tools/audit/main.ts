// Asks what tests cannot: whether the packages have known vulnerabilities and are what was published,
// and whether the image's base still gets security fixes. Answers change from day to day without a
// change here, so this is for CI and whoever asks, and no part of the tests.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeBaseImage } from './base-image.js';
import type { Finding } from './finding.js';
import { judgeSignatures, judgeVulnerabilities, type NpmRun } from './npm-audit.js';

const root = join(import.meta.dirname, '../..');
const level = 'high';
const longestMs = 5 * 60_000;

const findings: Finding[] = [
  ...judgeBaseImage(readFileSync(join(root, 'Dockerfile'), 'utf8'), new Date()),
  judgeVulnerabilities(npmAudit('--omit=dev', `--audit-level=${level}`), level),
  judgeSignatures(npmAudit('signatures')),
];
for (const { kind, text } of findings) console.log(`${kind}: ${text}`);
if (findings.some(({ kind }) => kind === 'failure')) process.exitCode = 1;

function npmAudit(...args: string[]): NpmRun {
  const options = ['--json', '--fetch-retries=1', '--fetch-retry-mintimeout=1000'];
  const { error, status, stdout } = spawnSync('npm', ['audit', ...args, ...options], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: longestMs,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error && (error as NodeJS.ErrnoException).code !== 'ETIMEDOUT') throw error;
  return { status, stdout };
}
