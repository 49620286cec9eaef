/** The first of OpenAI's models that is told a request's own instructions behind everything else. */
const first = 6.2;

/**
 * Whether a request's own instructions are no part of what its model is told before its answer, so that
 * they may differ from one request to the next.
 */
export function takesInstructionsLast(model: string): boolean {
  const [, version] = /\bgpt-(\d+(?:\.\d+)?)/.exec(model) ?? [];
  return version !== undefined && Number(version) >= first;
}
