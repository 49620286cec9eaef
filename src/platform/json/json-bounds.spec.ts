import fc from 'fast-check';
import { exceededBound, JsonScan, type JsonBounds } from './json-bounds.js';

const most: JsonBounds = { depth: 10, keys: 10, values: 10 };

/** What a parsed value has of everything that is bounded. */
function structureOf(value: unknown): JsonBounds {
  if (typeof value !== 'object' || value === null) return { depth: 0, keys: 0, values: 0 };
  const inner = Object.values(value).map(structureOf);
  const sum = (of: 'keys' | 'values') => inner.reduce((total, part) => total + part[of], 0);
  const followed = Object.values(value)
    .slice(0, -1)
    .map((one) => (typeof one === 'number' ? 0.25 : 1));
  return {
    depth: 1 + Math.max(0, ...inner.map(({ depth }) => depth)),
    keys: sum('keys') + (Array.isArray(value) ? 0 : inner.length),
    values: sum('values') + 1 + followed.reduce((total, weight) => total + weight, 0),
  };
}

/** One less of each bound, where there is any. */
function tighter(bounds: JsonBounds): JsonBounds[] {
  return (['depth', 'keys', 'values'] as const)
    .filter((bound) => bounds[bound] > 0)
    .map((bound) => ({ ...bounds, [bound]: bounds[bound] - (bound === 'values' ? 0.25 : 1) }));
}

describe('the bounds of a JSON text', () => {
  it('are counted as a parser would see them, whatever strings contain', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.boolean(), (value, isIndented) => {
        const text = JSON.stringify(value, null, isIndented ? 2 : 0);
        const structure = structureOf(value);
        expect(exceededBound(text, structure)).toBeNull();
        for (const bounds of tighter(structure)) {
          expect(exceededBound(text, bounds)).not.toBeNull();
        }
      }),
    );
  });

  it('are counted the same wherever the bytes are cut', () => {
    const cuts = fc.array(fc.nat(200), { maxLength: 5 });
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), cuts, (value, places) => {
        const bytes = Buffer.from(JSON.stringify(value));
        const structure = structureOf(value);
        const ends = [...places.filter((place) => place < bytes.length), bytes.length];
        ends.sort((one, other) => one - other);
        const parts = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        for (const bounds of tighter(structure)) {
          const scan = new JsonScan(bounds);
          expect(parts.map((part) => scan.add(part)).at(-1)).not.toBeNull();
        }
        const scan = new JsonScan(structure);
        expect(parts.map((part) => scan.add(part)).at(-1)).toBeNull();
      }),
    );
  });

  it.each([
    ['[[[[[[[[[[[', 'is nested more than 10 levels deep'],
    ['{"a":'.repeat(11), 'is nested more than 10 levels deep'],
    [`{${'"a":1,'.repeat(11)}`, 'has more than 10 keys'],
    [`[${'[],'.repeat(6)}`, 'has more than 10 values'],
    [`[${'"",'.repeat(10)}`, 'has more than 10 values'],
    [`[${'1,'.repeat(37)}`, 'has more than 10 values'],
    [`[${'-1.5e-9,'.repeat(36)}`, null],
    [`["1"${',null'.repeat(10)}`, 'has more than 10 values'],
    [`["${'[{:,\\"'.repeat(20)}"`, null],
    ['"\\\\",,,,,,,,,,,', 'has more than 10 values'],
    ['"\\",,,,,,,,,,,', null],
    [']]]]]]]]]]]]]]]]', null],
    ['x'.repeat(50), null],
  ])('are named, whole text or not: %j', (text, exceeded) => {
    expect(exceededBound(text, most)).toBe(exceeded);
  });

  it('of characters that look like brackets in another encoding are not those', () => {
    // In UTF-16 and latin1 each of these has a byte of JSON's own.
    expect(exceededBound(`["${'\u5b5b\u7b7b\u0122\u2c3a'.repeat(100)}"]`, most)).toBeNull();
  });
});
