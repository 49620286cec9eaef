import type { Fields } from '../../../platform/json/fields.js';

/** Of metadata, and of a filter by them. */
export const mostPairs = 16;
const longestKey = 64;
const longestValue = 512;

/** OpenAI's metadata: at most 16 pairs of strings. @throws InvalidFieldError */
export function parseMetadata(body: Fields): Record<string, string> | null {
  const fields = body.fields('metadata');
  if (fields === null) return null;
  const pairs = Object.entries(fields.object);
  if (pairs.length > mostPairs) {
    const detail = `metadata takes at most ${mostPairs} pairs`;
    throw body.fault('metadata', 'invalid_value', detail);
  }
  return Object.fromEntries(pairs.map(([key, value]) => [key, checked(fields, key, value)]));
}

function checked(fields: Fields, key: string, value: unknown): string {
  const name = key.slice(0, longestKey);
  if (key.length > longestKey) {
    throw fields.fault(name, 'invalid_value', `Keys have at most ${longestKey} characters`);
  }
  if (typeof value !== 'string') throw fields.wrongType(name, 'a string');
  if (value.length > longestValue) {
    throw fields.fault(name, 'invalid_value', `Values have at most ${longestValue} characters`);
  }
  return value;
}
