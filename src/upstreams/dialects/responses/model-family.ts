/** The first of OpenAI's models that is told a request's own instructions behind everything else. */
const first = { major: 6, minor: 2 };

/**
 * Whether a request's own instructions are no part of what its model is told before its answer, so that
 * they may differ from one request to the next.
 */
export function takesInstructionsLast(model: string): boolean {
  const [, major, minor = '0'] = /\bgpt-(\d+)(?:\.(\d+))?/.exec(model) ?? [];
  if (major === undefined) return false;
  if (Number(major) !== first.major) return Number(major) > first.major;
  return Number(minor) >= first.minor;
}
