import type { Variables } from './variable-reader.js';

/** Shorter names have ordinary words one letter away: HOST and POST. */
const shortestMisspelt = 5;

/**
 * A warning for whatever was most likely meant as a setting and is none. Only names are repeated: what
 * stands behind one may be a secret.
 *
 * @param envFile its text, for lines that give no variable, as TOKEN:x does not
 */
export function warnOfNearMisses(
  variables: Variables,
  envFile: string,
  settings: ReadonlySet<string>,
): string[] {
  const warnings: string[] = [];
  for (const name of Object.keys(variables)) {
    const meant = settings.has(name) ? undefined : nearest(name, settings);
    if (meant !== undefined) warnings.push(`${name} is not a setting: ${meant} may be meant`);
  }
  for (const [, name = ''] of envFile.matchAll(/^[^\w#\r\n]*(?:(?:export|set)\s+)?(\w+)/gm)) {
    const meant = name in variables ? undefined : nearest(name, settings);
    if (meant === undefined) continue;
    warnings.push(`The line of .env with ${name} sets nothing: write ${meant}=…`);
  }
  return warnings;
}

/** The setting that a name is, but for its case, its number or one letter. */
function nearest(name: string, settings: ReadonlySet<string>): string | undefined {
  const candidate = name.toUpperCase();
  if (settings.has(candidate)) return candidate;
  return [...settings].find(
    (setting) =>
      candidate === `${setting}S` ||
      (setting.length >= shortestMisspelt && isOneEdit(candidate, setting)),
  );
}

/** Whether a letter more, less or another one, or two that changed places, is all the difference. */
function isOneEdit(one: string, other: string): boolean {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [left, right] = [one, other].map((text) => text.slice(start, text.length - end));
  if (left === undefined || right === undefined) return false;
  const isSwapped = left.length === 2 && left === `${right.charAt(1)}${right.charAt(0)}`;
  return isSwapped || (left.length <= 1 && right.length <= 1);
}
