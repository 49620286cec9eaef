import type { KeySignal } from './key-signal.js';

/** What becomes of a key. */
export type KeyAction =
  /** It stays as it is. */
  | { type: 'none' }
  /** It has proved itself: what it did before counts no more. */
  | { type: 'clear' }
  /** It is not used for so long; an invalid or exhausted one not before a probe succeeds. */
  | { type: 'become'; state: 'cooling' | 'suspended' | 'exhausted' | 'invalid'; forMs: number }
  /** For so long it is used only when no other key can serve. */
  | { type: 'choose-last'; forMs: number }
  /** It is not used for this model for so long. */
  | { type: 'restrict'; state: 'cooling' | 'suspended'; forMs: number };

/** What becomes of the call. */
export type CallAction =
  /** Its answer has begun. */
  | 'go-on'
  /** Another key, at once; costs neither an attempt nor the retry budget. */
  | 'next-key'
  /** The same again after a pause, another key first, while attempts and budget last. */
  | 'retry'
  /** It ends. */
  | 'fail';

/** What the decision depends on beside the signal. */
export interface KeyFacts {
  /** AUTO_REMOVE_KEYS: whether a rejected key is out until a probe, or is only chosen last. */
  autoRemove: boolean;
  /** How often in a row this happened before, to the key or to the key with this model. */
  strikes: number;
  /** Whether another model is forbidden to the key already. */
  isForbiddenElsewhere: boolean;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** When a rejected key is probed again; the last one repeats. */
const rejectedProbesMs = [5 * minuteMs, hourMs, dayMs];
const chosenLastMs = minuteMs;
const modelMissingMs = minuteMs;
const firstRateLimitMs = 20 * secondMs;
const longestRateLimitMs = 5 * minuteMs;
/** A longer wait is not believed: some upstreams answer with a date far away. */
export const longestBelievedMs = hourMs;

/** From what the upstream said to what becomes of the key and of the call. */
export function actionFor(
  signal: KeySignal,
  facts: KeyFacts,
): { key: KeyAction; call: CallAction } {
  switch (signal.type) {
    case 'served':
      return { key: { type: 'clear' }, call: 'go-on' };
    case 'rejected':
      return { key: rejected(facts), call: 'next-key' };
    case 'forbidden':
      return { key: forbidden(facts), call: 'next-key' };
    case 'quota-exhausted':
      return {
        key: become('exhausted', probeDelayMs('exhausted', facts.strikes)),
        call: 'next-key',
      };
    case 'rate-limited':
      return { key: become('cooling', rateLimitMs(signal.retryAfterMs, facts)), call: 'next-key' };
    case 'model-not-found':
      return {
        key: { type: 'restrict', state: 'cooling', forMs: modelMissingMs },
        call: 'next-key',
      };
    case 'fault':
      return { key: { type: 'none' }, call: 'retry' };
    case 'region-blocked':
    case 'unknown-model':
    case 'timeout':
    case 'request-refused':
    case 'broken':
    case 'abandoned':
      return { key: { type: 'none' }, call: 'fail' };
    default:
      return signal satisfies never;
  }
}

/**
 * How long an invalid or exhausted key waits for its next probe.
 *
 * @param strikes how often in a row it failed before
 */
export function probeDelayMs(state: 'invalid' | 'exhausted', strikes: number): number {
  if (state === 'exhausted') return Math.min(hourMs * 2 ** strikes, dayMs);
  return rejectedProbesMs[Math.min(strikes, rejectedProbesMs.length - 1)] ?? dayMs;
}

function rejected({ autoRemove, strikes }: KeyFacts): KeyAction {
  if (!autoRemove) return { type: 'choose-last', forMs: chosenLastMs };
  return become('invalid', probeDelayMs('invalid', strikes));
}

function forbidden(facts: KeyFacts): KeyAction {
  const forMs = doubled(hourMs, facts, dayMs);
  if (facts.isForbiddenElsewhere) return become('suspended', forMs);
  return { type: 'restrict', state: 'suspended', forMs };
}

function become(state: (KeyAction & { type: 'become' })['state'], forMs: number): KeyAction {
  return { type: 'become', state, forMs };
}

function rateLimitMs(waitMs: number | null, facts: KeyFacts): number {
  if (waitMs !== null && waitMs > 0 && waitMs <= longestBelievedMs) return waitMs;
  return doubled(firstRateLimitMs, facts, longestRateLimitMs);
}

function doubled(firstMs: number, { strikes }: KeyFacts, longestMs: number): number {
  return Math.min(firstMs * 2 ** strikes, longestMs);
}
