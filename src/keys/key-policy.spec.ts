import {
  actionFor,
  probeDelayMs,
  type CallAction,
  type KeyAction,
  type KeyFacts,
} from './key-policy.js';
import type { AttemptOutcome } from './attempt-outcome.js';

const secondMs = 1_000;
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const first: KeyFacts = {
  autoRemove: true,
  consecutiveFailures: 0,
  isOfNoUse: false,
  isKnownModel: true,
  failsAlone: false,
  silences: 0,
};
const unchanged: KeyAction = { type: 'none' };

function become(state: 'suspended' | 'exhausted' | 'invalid', forMs: number): KeyAction {
  return { type: 'become', state, forMs };
}

function restrict(
  reason: 'forbidden' | 'payment-required' | 'rate-limited' | 'model-not-found',
  forMs: number,
): KeyAction {
  const isShort = reason === 'rate-limited' || reason === 'model-not-found';
  return { type: 'restrict', state: isShort ? 'cooling' : 'suspended', reason, forMs };
}

function rateLimited(retryAfterMs: number | null): AttemptOutcome {
  return { type: 'rate-limited', retryAfterMs };
}

describe('the policy', () => {
  it.each<[AttemptOutcome, KeyAction, boolean, CallAction]>([
    [{ type: 'served' }, { type: 'clear' }, false, 'go-on'],
    [{ type: 'rejected' }, become('invalid', 5 * minuteMs), true, 'next-key'],
    [{ type: 'forbidden' }, restrict('forbidden', hourMs), true, 'next-key'],
    [{ type: 'payment-required' }, restrict('payment-required', hourMs), true, 'next-key'],
    [{ type: 'quota-exhausted' }, become('exhausted', hourMs), true, 'next-key'],
    [{ type: 'model-not-found' }, restrict('model-not-found', minuteMs), true, 'next-key'],
    [rateLimited(null), restrict('rate-limited', 20 * secondMs), false, 'next-key'],
    [{ type: 'too-large' }, unchanged, false, 'next-key'],
    [{ type: 'timeout' }, { type: 'pass-over', forMs: minuteMs }, false, 'fail'],
    [{ type: 'fault' }, unchanged, false, 'retry'],
    [{ type: 'fenced' }, unchanged, false, 'fail'],
    [{ type: 'region-blocked' }, unchanged, false, 'fail'],
    [{ type: 'unknown-model' }, unchanged, false, 'fail'],
    [{ type: 'request-refused' }, unchanged, false, 'fail'],
    [{ type: 'broken' }, unchanged, false, 'fail'],
    [{ type: 'abandoned' }, unchanged, false, 'fail'],
  ])('answers %j with %j for the key (after proof: %s), %s for the call', (outcome, ...rest) => {
    const [key, needsProof, call] = rest;
    expect(actionFor(outcome, first)).toEqual({ key, needsProof, call });
  });

  it.each<AttemptOutcome>([
    { type: 'forbidden' },
    { type: 'payment-required' },
    { type: 'model-not-found' },
    rateLimited(hourMs),
  ])('changes no key for a model that nobody knows: %j', (outcome) => {
    const facts = { ...first, isKnownModel: false, isOfNoUse: true };
    expect(actionFor(outcome, facts)).toMatchObject({ key: unchanged, call: 'next-key' });
  });
});

describe('a rejected key', () => {
  it.each([
    [0, 5 * minuteMs],
    [1, hourMs],
    [2, dayMs],
    [3, dayMs],
    [50, dayMs],
  ])('is probed, after %i failures, when %i ms are over', (consecutiveFailures, forMs) => {
    expect(actionFor({ type: 'rejected' }, { ...first, consecutiveFailures }).key).toEqual(
      become('invalid', forMs),
    );
    expect(probeDelayMs('invalid', consecutiveFailures)).toBe(forMs);
  });

  it('stays usable, deprioritized for a minute, without AUTO_REMOVE_KEYS', () => {
    expect(
      actionFor({ type: 'rejected' }, { ...first, autoRemove: false, consecutiveFailures: 7 }),
    ).toEqual({
      key: { type: 'deprioritize', forMs: minuteMs },
      needsProof: true,
      call: 'next-key',
    });
  });
});

describe('a forbidden key', () => {
  it('is suspended as a whole when it is of no use with any configured model', () => {
    const facts = { ...first, isOfNoUse: true };
    expect(actionFor({ type: 'forbidden' }, facts).key).toEqual(become('suspended', hourMs));
    const { key } = actionFor({ type: 'payment-required' }, facts);
    expect(key).toEqual(become('exhausted', hourMs));
  });

  it.each([
    [1, 2 * hourMs],
    [4, 16 * hourMs],
    [5, dayMs],
    [50, dayMs],
  ])('waits longer each time: after %i failures %i ms', (consecutiveFailures, forMs) => {
    expect(actionFor({ type: 'forbidden' }, { ...first, consecutiveFailures }).key).toMatchObject({
      forMs,
    });
  });
});

describe('an exhausted key', () => {
  it.each([
    [1, 2 * hourMs],
    [4, 16 * hourMs],
    [5, dayMs],
    [50, dayMs],
  ])('is probed ever less often: after %i failures in %i ms', (consecutiveFailures, forMs) => {
    expect(probeDelayMs('exhausted', consecutiveFailures)).toBe(forMs);
  });

  it('is exhausted whatever AUTO_REMOVE_KEYS is', () => {
    const facts = { ...first, autoRemove: false };
    expect(actionFor({ type: 'quota-exhausted' }, facts).key).toEqual(become('exhausted', hourMs));
  });
});

describe('a rate limited key', () => {
  it.each([1, 1_500, hourMs])('waits for as long as the upstream says: %i ms', (retryAfterMs) => {
    const { key } = actionFor(rateLimited(retryAfterMs), { ...first, consecutiveFailures: 9 });
    expect(key).toEqual(restrict('rate-limited', retryAfterMs));
  });

  it.each([null, 0, -5_000, hourMs + 1, Number.POSITIVE_INFINITY])(
    'waits 20 s when the upstream says %p, and twice as long each time',
    (retryAfterMs) => {
      const waits = [0, 1, 2, 3, 4, 5, 60].map((consecutiveFailures) => {
        const { key } = actionFor(rateLimited(retryAfterMs), { ...first, consecutiveFailures });
        return 'forMs' in key ? key.forMs / secondMs : null;
      });
      expect(waits).toEqual([20, 40, 80, 160, 300, 300, 300]);
    },
  );
});
