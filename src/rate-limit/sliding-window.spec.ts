import { SlidingWindow } from './sliding-window.js';

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('a sliding window', () => {
  it('takes as many hits as its limit at once', () => {
    const window = new SlidingWindow(3, 1_000);
    expect([500, 500, 500, 500].map((now) => window.hit(now))).toEqual([0, 0, 0, 1_000]);
  });

  it('says how long to wait, and then takes the hit', () => {
    const window = new SlidingWindow(2, 1_000);
    window.hit(0);
    window.hit(400);
    expect(window.hit(700)).toBe(300);
    expect(window.hit(999)).toBe(1);
    expect(window.hit(1_000)).toBe(0);
    expect(window.hit(1_001)).toBe(399);
    expect(window.hit(1_400)).toBe(0);
  });

  it('does not count refused hits', () => {
    const window = new SlidingWindow(1, 1_000);
    window.hit(0);
    for (let now = 1; now < 1_000; now += 1) expect(window.hit(now)).toBe(1_000 - now);
    expect(window.hit(1_000)).toBe(0);
  });

  it('forgets a long silence', () => {
    const window = new SlidingWindow(2, 1_000);
    window.hit(0);
    window.hit(0);
    expect([50_000, 50_000, 50_000].map((now) => window.hit(now))).toEqual([0, 0, 1_000]);
  });

  it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'never takes more than its limit in any window, nor refuses fewer (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const limit = 1 + Math.floor(random() * 8);
      const windowMs = 1 + Math.floor(random() * 200);
      const window = new SlidingWindow(limit, windowMs);
      const taken: number[] = [];
      const wrong: string[] = [];
      let now = 1_700_000_000_000;
      for (let hit = 0; hit < 2_000; hit += 1) {
        now += Math.floor((random() * 3 * windowMs) / limit);
        // The windows that end now; every window with a hit too many would end with one.
        const recent = taken.filter((time) => time > now - windowMs);
        const waitMs = window.hit(now);
        const expected = recent.length < limit ? 0 : (recent[0] ?? 0) + windowMs - now;
        if (waitMs !== expected) wrong.push(`at ${now}: ${waitMs} instead of ${expected}`);
        if (waitMs === 0) taken.push(now);
        if (taken.length > 2 * limit) taken.shift();
      }
      expect(wrong).toEqual([]);
    },
  );
});
