import { ManualClock } from '../../test/support/manual-clock.js';
import type { KeyHealth } from './key-state.js';
import { healthOf, storedHealth, type KeyRow } from './stored-keys.repository.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const health: KeyHealth = {
  state: 'exhausted',
  reason: 'quota-exhausted',
  until: 5 * minuteMs,
  consecutiveFailures: 2,
  models: [
    {
      model: 'big',
      state: 'cooling',
      reason: 'rate-limited',
      until: 2_000.4,
      consecutiveFailures: 1,
    },
    { model: 'small', state: 'suspended', until: hourMs, consecutiveFailures: 1 },
  ],
  lastError: null,
};

/** The row of a standing as it is written now. */
function rowOf(stored: KeyHealth): KeyRow {
  const models = stored.models.map(({ consecutiveFailures: strikes, ...rest }) => {
    return { ...rest, strikes };
  });
  return { ...stored, models: JSON.stringify(models) } as unknown as KeyRow;
}

describe('the times of a stored key', () => {
  it('are whole epoch milliseconds, and come back as what they were', () => {
    const clock = new ManualClock();
    clock.advance(500);
    const stored = storedHealth(health, clock);
    expect(stored.until).toBe(clock.now() + 5 * minuteMs - 500);
    expect(stored.models[0]?.until).toBe(clock.now() + 1_500);
    expect(healthOf(rowOf(stored), clock)).toMatchObject({
      state: 'exhausted',
      until: 300_000,
      consecutiveFailures: 2,
      models: [{ consecutiveFailures: 1 }, { consecutiveFailures: 1 }],
    });
  });

  it('are no further away than their rules allow, whatever the clock was set to', () => {
    const clock = new ManualClock();
    clock.advance(500);
    const row = rowOf(storedHealth(health, clock));
    clock.setBy(-100 * dayMs);
    const read = healthOf(row, clock);
    expect(read.until).toBe(clock.monotonic() + dayMs);
    expect(read.models.map(({ until }) => until - clock.monotonic())).toEqual([hourMs, dayMs]);
  });

  it.each([null, 'active', 'disabled'] as const)('are none for %s', (state) => {
    const clock = new ManualClock();
    const row = rowOf({ ...health, state: state ?? 'invalid', until: null, models: [] });
    expect(healthOf(row, clock)).toMatchObject({ until: null, models: [] });
  });
});
