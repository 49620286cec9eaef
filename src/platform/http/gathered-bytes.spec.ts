import fc from 'fast-check';
import { GatheredBytes } from './gathered-bytes.js';

describe('the bytes of a body', () => {
  it('are the same in whatever pieces they come', () => {
    const pieces = fc.array(fc.uint8Array({ maxLength: 8 }), { maxLength: 1_500 });
    fc.assert(
      fc.property(pieces, (all) => {
        const gathered = new GatheredBytes();
        for (const piece of all) gathered.add(piece);
        expect(Buffer.compare(gathered.concat(), Buffer.concat(all))).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it('do not hold what they came in', () => {
    const gathered = new GatheredBytes();
    const read = Buffer.alloc(65_536);
    for (let place = 0; place < 512; place += 1) gathered.add(read.subarray(place, place + 1));
    read.fill(1);
    expect(gathered.concat().every((byte) => byte === 0)).toBe(true);
  });
});
