import type { Finding } from './finding.js';

/** The last days with security fixes, as Node.js and Debian (with its long-term support) publish them. */
const lastDays: Record<string, string> = {
  'Node 20': '2026-04-30',
  'Node 22': '2027-04-30',
  'Node 24': '2028-04-30',
  'Node 26': '2029-04-30',
  'Debian bookworm': '2028-06-30',
  'Debian trixie': '2030-06-30',
};

const dayMs = 24 * 60 * 60 * 1_000;
const noticeDays = 90;

/** Whether what the Dockerfile's image is based on still gets security fixes, and will for some time. */
export function judgeBaseImage(dockerfile: string, now: Date): Finding[] {
  const [, node, debian] =
    /^ARG NODE_IMAGE=node:(\d+)\.\d+\.\d+-([a-z]+)-slim$/m.exec(dockerfile) ?? [];
  if (node === undefined || debian === undefined) {
    const text = 'The Dockerfile has no line ARG NODE_IMAGE=node:VERSION-DEBIAN-slim';
    return [{ kind: 'failure', text }];
  }
  return [judgeLine(`Node ${node}`, now), judgeLine(`Debian ${debian}`, now)];
}

function judgeLine(line: string, now: Date): Finding {
  const lastDay = lastDays[line];
  if (lastDay === undefined) {
    const text = `${line}: until when it gets security fixes is not in tools/audit/base-image.ts`;
    return { kind: 'failure', text };
  }
  const daysLeft = dayOf(Date.parse(lastDay)) - dayOf(now.getTime());
  if (daysLeft < 0) {
    return { kind: 'failure', text: `${line} has had no security fixes since ${lastDay}` };
  }
  const text = `${line} gets security fixes until ${lastDay}`;
  return daysLeft <= noticeDays
    ? { kind: 'warning', text: `${text}: ${daysLeft} days left to move to another` }
    : { kind: 'good', text };
}

/** The number of the UTC day that a time in milliseconds is in. */
function dayOf(time: number): number {
  return Math.floor(time / dayMs);
}
