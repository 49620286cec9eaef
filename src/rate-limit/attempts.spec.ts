import { ManualClock } from '../../test/support/manual-clock.js';
import { Attempts } from './attempts.js';
import { MemoryThrottlerStorage } from './memory.throttler-storage.js';

let clock: ManualClock;
let attempts: Attempts;

beforeEach(() => {
  clock = new ManualClock();
  attempts = new Attempts(new MemoryThrottlerStorage(clock), new MemoryThrottlerStorage(clock));
});

/** How many of so many attempts are let past. */
async function passed(count: number, target: string, client: (index: number) => string) {
  let past = 0;
  for (let index = 0; index < count; index += 1) {
    if ((await attempts.count({ target, client: client(index) })) === 0) past += 1;
  }
  return past;
}

describe('attempts at a secret', () => {
  it('are ten a minute from one address, which is told how long to wait', async () => {
    expect(await passed(15, 'a', () => '::1')).toBe(10);
    clock.advance(20_000);
    expect(await attempts.count({ target: 'a', client: '::1' })).toBe(40);
    clock.advance(40_000);
    expect(await attempts.count({ target: 'a', client: '::1' })).toBe(0);
  });

  it('are a hundred a minute from all addresses', async () => {
    expect(await passed(150, 'a', String)).toBe(100);
    expect(await attempts.count({ target: 'a', client: 'another' })).toBe(60);
    clock.advance(60_000);
    expect(await attempts.count({ target: 'a', client: 'another' })).toBe(0);
  });

  it('from an address that is refused leave the others theirs', async () => {
    expect(await passed(1_000, 'a', () => '::1')).toBe(10);
    expect(await passed(100, 'a', String)).toBe(90);
  });

  it('at one thing say nothing about another', async () => {
    await passed(15, 'a', () => '::1');
    expect(await passed(15, 'b', () => '::1')).toBe(10);
  });
});
