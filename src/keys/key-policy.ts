import type { AttemptOutcome } from './attempt-outcome.js';
import type { KeyState, RestrictionReason } from './key-state.js';

/** What becomes of a key. */
export type KeyAction =
  /** It stays as it is. */
  | { type: 'none' }
  /** It has proved itself: what it did before counts no more. */
  | { type: 'clear' }
  /** It is not used for so long; an invalid or exhausted one not before a probe succeeds. */
  | { type: 'become'; state: 'suspended' | 'exhausted' | 'invalid'; forMs: number }
  /** For so long it is used only when no other key can serve. */
  | { type: 'deprioritize'; forMs: number }
  /** It is not used for this model for so long. */
  | { type: 'restrict'; state: 'cooling' | 'suspended'; reason: RestrictionReason; forMs: number }
  /** For so long another key goes first; nobody remembers. */
  | { type: 'pass-over'; forMs: number };

/** What an outcome leads to. */
export interface Decision {
  key: KeyAction;
  /**
   * Whether the key's action waits until another key has served the same call: before that, the
   * request may be to blame, or the upstream, and until then the key is only passed over.
   */
  needsProof: boolean;
  call: CallAction;
}

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

/** What the decision depends on beside the outcome. */
export interface KeyFacts {
  /** AUTO_REMOVE_KEYS: whether a rejected key is out until a probe, or is only deprioritized. */
  autoRemove: boolean;
  /** How often in a row this happened before, to the key or to the key with this model. */
  consecutiveFailures: number;
  /** Whether every configured model is refused to it now, and two models at least. */
  isOfNoUse: boolean;
  /** Whether the model is configured or listed; any other name is a caller's word. */
  isKnownModel: boolean;
  /** Whether it failed before, and others have served since, but not it. */
  failsAlone: boolean;
  /** How often in a row before it stayed silent to a call that tried it again. */
  silences: number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** When a rejected key is probed again; the last one repeats. */
const rejectedProbesMs = [5 * minuteMs, hourMs, dayMs];
const deprioritizedMs = minuteMs;
const modelMissingMs = minuteMs;
const firstRateLimitMs = 20 * secondMs;
const longestRateLimitMs = 5 * minuteMs;
/** A longer wait is not believed: some upstreams answer with a date far away. */
export const longestBelievedMs = hourMs;
/** How long a key is passed over whose refusal is not proved, or that did not serve at first. */
export const passedOverMs = minuteMs;
/** Each call that tries a silent key costs its caller the whole wait, so they come ever less often. */
const longestPassedOverMs = 16 * minuteMs;
/** Named quota refusals of a key for so long, and nothing served, are proof too. */
export const longestUnprovedMs = minuteMs;
/** A caller that leaves after such a silence has met a key that does not answer. */
export const longestSilenceMs = 15 * secondMs;
/** The most keys that one call asks. */
export const mostKeysAsked = 8;

/** The longest pause that any rule makes: what is stored beyond it, a clock that was set has made. */
export const longestPauseMs: Readonly<Record<KeyState, number>> = {
  active: 0,
  cooling: longestBelievedMs,
  suspended: dayMs,
  exhausted: dayMs,
  invalid: dayMs,
  disabled: 0,
};

const unchanged: KeyAction = { type: 'none' };

/** From what the upstream said to what becomes of the key and of the call. */
export function actionFor(outcome: AttemptOutcome, facts: KeyFacts): Decision {
  switch (outcome.type) {
    case 'served':
      return { key: { type: 'clear' }, needsProof: false, call: 'go-on' };
    case 'rejected':
      return proved(ofModel(facts, rejected(facts)));
    case 'forbidden':
    case 'payment-required':
      return proved(ofModel(facts, refusedModel(outcome.type, facts)));
    case 'quota-exhausted':
      return proved(
        ofModel(facts, become('exhausted', probeDelayMs('exhausted', facts.consecutiveFailures))),
      );
    case 'model-not-found':
      return proved(ofModel(facts, restrict('cooling', outcome.type, modelMissingMs)));
    case 'rate-limited': {
      const forMs = rateLimitMs(outcome.retryAfterMs, facts.consecutiveFailures);
      const key = ofModel(facts, restrict('cooling', outcome.type, forMs));
      return { key, needsProof: false, call: 'next-key' };
    }
    case 'too-large':
      return { key: unchanged, needsProof: false, call: 'next-key' };
    case 'fault': {
      // The first may be chance, and while nobody is served it is the upstream's.
      const key: KeyAction = facts.failsAlone ? passOver(passedOverMs) : unchanged;
      return { key, needsProof: false, call: 'retry' };
    }
    case 'timeout': {
      const forMs = doubled(passedOverMs, facts.silences, longestPassedOverMs);
      return { key: passOver(forMs), needsProof: false, call: 'fail' };
    }
    case 'region-blocked':
    case 'fenced':
    case 'unknown-model':
    case 'request-refused':
    case 'broken':
    case 'abandoned':
      return { key: unchanged, needsProof: false, call: 'fail' };
    default:
      return outcome satisfies never;
  }
}

/**
 * How long an invalid or exhausted key waits for its next probe.
 *
 * @param consecutiveFailures how often in a row it failed before
 */
export function probeDelayMs(state: 'invalid' | 'exhausted', consecutiveFailures: number): number {
  if (state === 'exhausted') return Math.min(hourMs * 2 ** consecutiveFailures, dayMs);
  return rejectedProbesMs[Math.min(consecutiveFailures, rejectedProbesMs.length - 1)] ?? dayMs;
}

/** @param consecutiveFailures how often in a row the key was limited for the model before */
export function rateLimitMs(waitMs: number | null, consecutiveFailures: number): number {
  if (waitMs !== null && waitMs > 0 && waitMs <= longestBelievedMs) return waitMs;
  return doubled(firstRateLimitMs, consecutiveFailures, longestRateLimitMs);
}

function passOver(forMs: number): KeyAction {
  return { type: 'pass-over', forMs };
}

function proved(key: KeyAction): Decision {
  return { key, needsProof: true, call: 'next-key' };
}

function rejected({ autoRemove, consecutiveFailures }: KeyFacts): KeyAction {
  if (!autoRemove) return { type: 'deprioritize', forMs: deprioritizedMs };
  return become('invalid', probeDelayMs('invalid', consecutiveFailures));
}

/** One model says nothing of the others, also where it is the only one that is configured. */
function refusedModel(reason: 'forbidden' | 'payment-required', facts: KeyFacts): KeyAction {
  const forMs = doubled(hourMs, facts.consecutiveFailures, dayMs);
  if (!facts.isOfNoUse) return restrict('suspended', reason, forMs);
  return become(reason === 'forbidden' ? 'suspended' : 'exhausted', forMs);
}

function ofModel({ isKnownModel }: KeyFacts, action: KeyAction): KeyAction {
  return isKnownModel ? action : unchanged;
}

function become(state: (KeyAction & { type: 'become' })['state'], forMs: number): KeyAction {
  return { type: 'become', state, forMs };
}

function restrict(
  state: 'cooling' | 'suspended',
  reason: RestrictionReason,
  forMs: number,
): KeyAction {
  return { type: 'restrict', state, reason, forMs };
}

function doubled(firstMs: number, consecutiveFailures: number, longestMs: number): number {
  return Math.min(firstMs * 2 ** consecutiveFailures, longestMs);
}
