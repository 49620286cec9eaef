import { RandomIdSource } from './id-source.js';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const drawn = 20_000;

/** Ids from one source, without their prefix. */
function draw(times: number): string[] {
  const ids = new RandomIdSource();
  return Array.from({ length: times }, () => ids.next('item').slice('item_'.length));
}

describe('an id', () => {
  it.each(['conv', 'item', 'share', 'turn', 'req'] as const)(
    'is %s_ and 22 base62 characters',
    (prefix) => {
      const ids = new RandomIdSource();
      for (let time = 0; time < 500; time += 1) {
        expect(ids.next(prefix)).toMatch(new RegExp(`^${prefix}_[0-9A-Za-z]{22}$`));
      }
    },
  );

  it('comes only once, from one source or from several', () => {
    const ids = [...draw(drawn), ...draw(drawn)];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('differs from the one before in most of its characters', () => {
    const ids = draw(1_000);
    const alike = ids.slice(1).map((id, index) => {
      const before = ids[index]!;
      return Array.from(id).filter((character, place) => character === before[place]).length;
    });
    // 22 places of 62 characters: 12 alike by chance happen once in 10^16 pairs.
    expect(Math.max(...alike)).toBeLessThan(12);
  });

  it('has every character at every place but the first about equally often', () => {
    const counts = new Map<string, number>();
    for (const id of draw(drawn)) {
      for (let place = 1; place < id.length; place += 1) {
        const seen = `${place} ${id.charAt(place)}`;
        counts.set(seen, (counts.get(seen) ?? 0) + 1);
      }
    }
    const expected = drawn / alphabet.length;
    // Eight standard deviations: one run in 10^12 fails by chance.
    const tolerated = 8 * Math.sqrt(expected);
    expect(counts.size).toBe(21 * alphabet.length);
    expect(Math.min(...counts.values())).toBeGreaterThan(expected - tolerated);
    expect(Math.max(...counts.values())).toBeLessThan(expected + tolerated);
  });

  it('has every character of its alphabet as often as the others', () => {
    const counts = new Map(Array.from(alphabet, (character) => [character, 0]));
    for (const character of draw(drawn)
      .map((id) => id.slice(1))
      .join('')) {
      counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (drawn * 21) / alphabet.length;
    const tolerated = 8 * Math.sqrt(expected);
    expect(counts.size).toBe(alphabet.length);
    expect(Math.min(...counts.values())).toBeGreaterThan(expected - tolerated);
    expect(Math.max(...counts.values())).toBeLessThan(expected + tolerated);
  });

  it('holds 128 bits: numbers are spread up to 2^128 at least', () => {
    const largest = draw(2_000)
      .map((id) =>
        Array.from(id).reduce(
          (sum, character) => sum * 62n + BigInt(alphabet.indexOf(character)),
          0n,
        ),
      )
      .reduce((one, other) => (one > other ? one : other));
    expect(largest > 2n ** 127n).toBe(true);
  });
});
