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

/** CPU time in milliseconds of this process and of the children that have ended, and of all programs together. */
export interface MachineTime {
  ownMs: number;
  allMs: number;
  /** What all CPUs together could have spent. */
  possibleMs: number;
}

/** For differences only: the counters began at different times. */
export function machineTime(): MachineTime {
  // user, nice, system, idle, iowait, irq, softirq, steal
  const cpus = /^cpu +(.+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ') ?? [];
  const ticks = cpus.slice(0, 8).map(Number);
  const possible = ticks.reduce((sum, part) => sum + part, 0);
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  const own = statFields('self').slice(11, 15).map(Number);
  return {
    ownMs: toMs(own.reduce((sum, part) => sum + part, 0)),
    allMs: toMs(possible - idle),
    possibleMs: toMs(possible),
  };
}

/** User and system time of all threads since the process began, in milliseconds; exact to two clock ticks. */
export function cpuTimeMs(pid: number): number {
  const fields = statFields(String(pid));
  return toMs(Number(fields[11]) + Number(fields[12]));
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

/** The fields of /proc/PID/stat from the third on: utime, stime and those of the children are at 11 to 14. */
function statFields(pid: string): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets and may hold blanks.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function toMs(ticks: number): number {
  return (ticks * 1000) / getTicksPerSecond();
}

function getTicksPerSecond(): number {
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticksPerSecond;
}
