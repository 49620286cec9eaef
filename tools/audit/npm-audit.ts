import type { Finding } from './finding.js';

/** What `npm audit --json` prints: a report, or what became of the request. */
interface AuditOutput {
  vulnerabilities?: Record<string, { severity: string; via: (string | { title: string })[] }>;
  message?: string;
}

/** What `npm audit signatures --json` prints. */
interface SignaturesOutput {
  invalid?: Package[];
  missing?: Package[];
  error?: { code?: string; summary: string };
}
interface Package {
  name: string;
  version: string;
}

/** How a run of npm ended: its exit status, null when it took too long, and its standard output. */
export interface NpmRun {
  status: number | null;
  stdout: string;
}

/** npm's codes for a network or server that does not answer: E404 and the like, or Node's own. */
const unanswered =
  /^E\d{3}$|^E(NOTFOUND|AI_AGAIN|CONN|TIMEDOUT|HOSTUNREACH|NETUNREACH|PROTO|PIPE)|^ERR_SOCKET_TIMEOUT$/;
/** A registry without signing keys has no code. */
const unsigned = /from a supported registry$/;

/** @param level what of npm's severities counts, as in the call that `run` is of */
export function judgeVulnerabilities(run: NpmRun, level: string): Finding {
  const { vulnerabilities, message }: AuditOutput = parse(run);
  if (vulnerabilities !== undefined) {
    const known = Object.entries(vulnerabilities).map(([name, { severity, via }]) => {
      const titles = via.map((cause) => (typeof cause === 'string' ? cause : cause.title));
      return `${name} (${severity}): ${titles.join('; ')}`;
    });
    if (run.status !== 0) return failure(['Known vulnerabilities:', ...known].join('\n  '));
    if (known.length === 0) return { kind: 'good', text: 'No known vulnerabilities' };
    return { kind: 'warning', text: [`Vulnerabilities below ${level}:`, ...known].join('\n  ') };
  }
  if (run.status === null) return late('npm audit');
  // npm asks one address, and has a message of its own only when that gave no report.
  if (message !== undefined) {
    return { kind: 'unanswered', text: `Vulnerabilities were not judged: ${message}` };
  }
  return failure(`npm audit cannot be understood: ${run.stdout}`);
}

export function judgeSignatures(run: NpmRun): Finding {
  const { invalid, missing, error }: SignaturesOutput = parse(run);
  if (invalid !== undefined && missing !== undefined) {
    const bad = [
      ...invalid.map(({ name, version }) => `${name}@${version}: not what its publisher signed`),
      ...missing.map(({ name, version }) => `${name}@${version}: not signed`),
    ];
    if (bad.length > 0) return failure(['Signatures:', ...bad].join('\n  '));
    if (run.status === 0)
      return { kind: 'good', text: 'All packages are what the registry signed' };
  }
  if (run.status === null) return late('npm audit signatures');
  if (error !== undefined && (unanswered.test(error.code ?? '') || unsigned.test(error.summary))) {
    return { kind: 'unanswered', text: `Signatures were not judged: ${error.summary}` };
  }
  return failure(`npm audit signatures cannot be understood: ${run.stdout}`);
}

function parse({ stdout }: NpmRun): object {
  try {
    return JSON.parse(stdout) as object;
  } catch {
    return {};
  }
}

function late(command: string): Finding {
  return { kind: 'unanswered', text: `${command} did not end in time: not judged` };
}

function failure(text: string): Finding {
  return { kind: 'failure', text };
}
