// What the operating system knows about a process. Linux only: /proc is the one source that needs
// no code inside the measured server.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

let ticksPerSecond: number | undefined;

/** @throws on systems without /proc. */
export function assertProcessFigures(): void {
  if (existsSync('/proc/self/stat')) return;
  throw new Error(
    `The bench reads CPU time and memory from /proc, which ${process.platform} does not have: run it on Linux or in a Linux container.`,
  );
}

/** User and system time of all threads since the process began, in milliseconds; exact to two clock ticks. */
export function cpuTimeMs(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold blanks; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks * 1000) / getTicksPerSecond();
}

/** Memory of the process that is in RAM, in KiB. */
export function residentKiB(pid: number): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8');
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  if (!match) throw new Error(`/proc/${String(pid)}/status has no VmRSS`);
  return Number(match[1]);
}

/** How far a difference of two readings of {@link cpuTimeMs} can be off, in milliseconds. */
export function cpuTimeErrorMs(): number {
  return 2000 / getTicksPerSecond();
}

function getTicksPerSecond(): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticksPerSecond;
}
