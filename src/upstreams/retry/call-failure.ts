import { APIConnectionError } from 'openai';
import { errorCode } from '../../platform/errors/error-code.js';
import { longestBelievedMs } from '../../keys/key-policy.js';
import type { AttemptOutcome } from '../../keys/attempt-outcome.js';
import { AnsweredError } from '../dialects/answered-error.js';
import { TruncatedAnswerError, WebPageError } from '../dialects/parse-answer.js';
import { NoAnswerError } from '../transport/upstream-connection.js';

/** What went wrong with one attempt, seen from who must act. */
export type CallFailure =
  /** The key was refused; another one may serve. */
  | { type: 'key'; outcome: AttemptOutcome }
  /** The upstream or the way to it failed before the answer; the same call may succeed. */
  | { type: 'fault' }
  /** It answered, but neither served nor said whose fault that is; the same call may be served. */
  | { type: 'unserved' }
  /** The request was sent and nothing came in time; sending it again could ask twice. */
  | { type: 'timeout' }
  /**
   * About what was asked; the upstream may name a parameter that it does not take, or only not with
   * this value.
   */
  | {
      type: 'request';
      reason: string;
      parameter: string | null;
      isAboutValue: boolean;
      /** Whether it says what is wrong in a way that has nothing to do with parameters. */
      isExplained: boolean;
      /** Its name in OpenAI's words, where another server says the same in its own. */
      code: string | null;
    }
  /** The upstream has no model of the name that the caller gave. */
  | { type: 'unknown-model'; reason: string }
  /** The upstream does not serve the place that this service calls from. */
  | { type: 'region-blocked' }
  /** A firewall or proxy in front of the upstream refused it, which says nothing of the key. */
  | { type: 'fenced' }
  /** Nothing that another key or attempt would change. */
  | { type: 'broken' };

/** What the caller is told of a refusal that is not the API's own: its words are a web page's. */
export const fencedReason =
  'something in front of it, like a firewall, answered 403; another wording may pass';

/**
 * Sorts what an attempt threw. Matches on code and type first, then on the status, and never blames
 * a key for words of the message: a 400 that says "credit" must not cost one.
 *
 * @param isKnownModel whether the model asked for is configured, or listed by the upstream
 */
export function classify(thrown: unknown, isKnownModel = true): CallFailure {
  if (thrown instanceof NoAnswerError || thrown instanceof APIConnectionError) {
    return { type: 'fault' };
  }
  if (isAnswer(thrown)) return classifyAnswer(thrown, isKnownModel);
  const code = errorCode(thrown);
  if (code === 'UND_ERR_BODY_TIMEOUT') return { type: 'timeout' };
  if (connectionErrors.has(code) || code.startsWith('HPE_')) return { type: 'fault' };
  if (code.startsWith('Z_') || code.startsWith('ERR__ERROR_FORMAT')) return { type: 'unserved' };
  const unreadable = [SyntaxError, TruncatedAnswerError, WebPageError];
  return { type: unreadable.some((type) => thrown instanceof type) ? 'unserved' : 'broken' };
}

/** What the failure means for the key and the call. */
export function outcomeOf(failure: CallFailure): AttemptOutcome {
  switch (failure.type) {
    case 'key':
      return failure.outcome;
    case 'request':
      return { type: 'request-refused' };
    case 'unserved':
      return { type: 'fault' };
    default:
      return { type: failure.type };
  }
}

/**
 * How undici and the socket name a connection that broke while the body was being read; what its
 * HTTP parser finds is named HPE and something more.
 */
const connectionErrors = new Set(['UND_ERR_SOCKET', 'UND_ERR_ABORTED', 'ECONNRESET', 'EPIPE']);

/** An error that the upstream itself answered with. */
export function isAnswer(thrown: unknown): thrown is AnsweredError {
  return thrown instanceof AnsweredError;
}

function classifyAnswer(error: AnsweredError, isKnownModel: boolean): CallFailure {
  if (error.deniesKey) return { type: 'key', outcome: { type: 'rejected' } };
  // A 400 is about the request, whatever it is called; only then do names say more than a status.
  if (requestStatuses.has(error.status)) return requestFailure(error);
  return classifyNames(error, isKnownModel) ?? classifyStatus(error, isKnownModel);
}

const requestStatuses = new Set<number | undefined>([400, 413, 422]);
const requestNames = new Set([
  'context_length_exceeded',
  'content_policy_violation',
  'content_filter',
]);

/** Codes of failed responses that are about what was asked; they come with no type. */
const requestCode = /^(invalid|unsupported|empty)_|image|policy|_mismatch$/;

/** Whether an error says, as OpenAI or Azure names it, that there is no such model. */
export function lacksModelByName({ code, type }: AnsweredError): boolean {
  return [code, type].some((name) => name === 'model_not_found' || name === 'DeploymentNotFound');
}

/** By code and type; null when they say nothing. */
function classifyNames(error: AnsweredError, isKnownModel: boolean): CallFailure | null {
  const { code, type } = error;
  const isNamed = (name: string): boolean => code === name || type === name;
  if (isNamed('unsupported_country_region_territory')) return { type: 'region-blocked' };
  if (isNamed('insufficient_quota') || isBilling(code) || isBilling(type)) {
    return { type: 'key', outcome: { type: 'quota-exhausted' } };
  }
  // Gateways say it with a 401 too, which would cost the key for what a caller asked.
  if (isModelDenial(code) || isModelDenial(type)) {
    return { type: 'key', outcome: { type: 'forbidden' } };
  }
  if (isNamed('invalid_api_key') || isNamed('account_deactivated')) {
    return { type: 'key', outcome: { type: 'rejected' } };
  }
  if (lacksModelByName(error)) {
    return isKnownModel
      ? { type: 'key', outcome: { type: 'model-not-found' } }
      : { type: 'unknown-model', reason: error.reason };
  }
  return error.status === undefined ? classifyInStream(error) : null;
}

/** An error object that came with status 200, alone or as a piece of a stream. */
function classifyInStream(error: AnsweredError): CallFailure | null {
  const names = [error.code, error.type];
  if (names.includes('rate_limit_exceeded')) return rateLimited(error);
  if (names.includes('server_error')) return { type: 'fault' };
  const isAboutRequest = names.some(
    (name) => requestNames.has(name ?? '') || requestCode.test(name ?? ''),
  );
  return isAboutRequest || error.type === 'invalid_request_error' ? requestFailure(error) : null;
}

function classifyStatus(error: AnsweredError, isKnownModel: boolean): CallFailure {
  switch (error.status ?? 0) {
    case 401:
      return { type: 'key', outcome: { type: 'rejected' } };
    case 402:
      return { type: 'key', outcome: { type: 'payment-required' } };
    case 403:
      return error.isJson ? { type: 'key', outcome: { type: 'forbidden' } } : { type: 'fenced' };
    case 404:
      return isKnownModel || !error.isOfApi
        ? { type: 'unserved' }
        : { type: 'unknown-model', reason: error.reason };
    case 429:
      return rateLimited(error);
    default:
      return { type: (error.status ?? 0) >= 500 ? 'fault' : 'unserved' };
  }
}

function isBilling(name: string | null | undefined): boolean {
  return name?.startsWith('billing_') ?? false;
}

/** As LiteLLM names it: `key_model_access_denied`, or that of a team, a project and so on. */
function isModelDenial(name: string | null | undefined): boolean {
  return name?.endsWith('_model_access_denied') ?? false;
}

function rateLimited(error: AnsweredError): CallFailure {
  if (isTooLarge(error)) return { type: 'key', outcome: { type: 'too-large' } };
  return { type: 'key', outcome: { type: 'rate-limited', retryAfterMs: resetMs(error.headers) } };
}

const tooLargeNames = new Set(['request_too_large', 'tokens_limit_reached', 'string_too_long']);

/**
 * Whether a request was limited for its own size, so that no wait would help: by name; by a bucket of
 * tokens that is full and still too small; or, where nothing says how long to wait, in OpenAI's words
 * for it. They can only clear a key, so words are good enough.
 */
function isTooLarge({ code, type, headers, reason }: AnsweredError): boolean {
  if (tooLargeNames.has(code ?? '') || tooLargeNames.has(type ?? '')) return true;
  const [, limit, requested] = /Limit:? ([\d,]+)\b.*\bRequested:? ([\d,]+)/i.exec(reason) ?? [];
  const ofTokens = Number(headers?.get('x-ratelimit-limit-tokens') ?? numberIn(limit));
  if (requested !== undefined && numberIn(requested) > ofTokens) return true;
  if (retryAfterMs(headers) !== null) return false;
  if (type !== 'tokens' && code !== 'rate_limit_exceeded') return false;
  const remaining = headers?.get('x-ratelimit-remaining-tokens') ?? '';
  const isFull = type === 'tokens' && remaining !== '' && Number(remaining) >= ofTokens;
  return isFull || /request too large|must be reduced/i.test(reason);
}

/** @returns NaN for none */
function numberIn(text: string | undefined): number {
  return Number(text?.replaceAll(',', '') ?? Number.NaN);
}

function requestFailure(error: AnsweredError): CallFailure {
  const { reason, param, code } = error;
  const isTooLong = isContextTooLong(error);
  return {
    type: 'request',
    reason,
    parameter: param ?? null,
    isAboutValue: valueFault.test(code ?? ''),
    isExplained: isTooLong || error.status === 413 || isOtherName(code),
    code: isTooLong ? 'context_length_exceeded' : null,
  };
}

/** Whether a code is a name, and not one that every fault of a request has. */
function isOtherName(code: string | null | undefined): boolean {
  const isName = /^[a-z][a-z_]+$/.test(code ?? '');
  return (
    isName && !/param|argument|unsupported|unrecognized|unknown|extra|request/.test(code ?? '')
  );
}

/** As OpenAI names it, and as the servers after its model say it in words. */
const tooLong =
  /(maximum|exceeds?|longer than|limit of|available) .{0,60}context|context (length|size|window).{0,80}(exceed|too long|is \d)|prompt is too long|input (is|length).{0,40}(too long|exceed)|too many (input )?tokens|maximum (input )?(prompt )?(length|tokens)/i;

function isContextTooLong({ code, type, reason }: AnsweredError): boolean {
  const names = [code, type];
  if (names.includes('context_length_exceeded')) return true;
  return names.includes('exceed_context_size_error') || tooLong.test(reason);
}

/** OpenAI's codes for a parameter that would be taken with another value. */
const valueFault = /^invalid_(value|type)$|_(above_max|below_min)_/;

type AnswerHeaders = Pick<Headers, 'get'> | undefined;

/** What Retry-After says, if that can be believed; else when the buckets that are empty are full again. */
function resetMs(headers: AnswerHeaders): number | null {
  const retryAfter = retryAfterMs(headers);
  if (isBelievable(retryAfter)) return retryAfter;
  const resets = ['requests', 'tokens'].flatMap((bucket) => {
    const remaining = headers?.get(`x-ratelimit-remaining-${bucket}`) ?? '';
    // The time is the one at which the bucket is full: until then it may have room enough.
    if (Number(remaining) > 0) return [];
    return [durationMs(headers?.get(`x-ratelimit-reset-${bucket}`) ?? '')];
  });
  const believable = resets.filter(isBelievable);
  return believable.length === 0 ? retryAfter : Math.max(...believable);
}

function isBelievable(ms: number | null): ms is number {
  return ms !== null && ms > 0 && ms <= longestBelievedMs;
}

/** Seconds or a date, as HTTP has it, a duration as some write it, or OpenAI's milliseconds. */
function retryAfterMs(headers: AnswerHeaders): number | null {
  const milliseconds = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (!Number.isNaN(milliseconds)) return milliseconds;
  const value = headers?.get('retry-after')?.trim() ?? '';
  const duration = durationMs(value);
  if (duration !== null) return duration;
  // Without a letter it would be read as a year or a month.
  const date = /[A-Z]/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(date)) return null;
  // By the clock that wrote it, where it says what that shows: ours may be set otherwise.
  const sentAt = Date.parse(headers?.get('date') ?? '');
  return date - (Number.isNaN(sentAt) ? Date.now() : sentAt);
}

const unitsMs = new Map([
  ['ms', 1],
  ['s', 1_000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** OpenAI's `1h2m3s` or `20ms`, or a number of seconds; null for anything else. */
function durationMs(value: string): number | null {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1_000;
  if (!/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(value)) return null;
  let total = 0;
  for (const [, amount, unit] of value.matchAll(/([\d.]+)(ms|[smhd])/g)) {
    total += Number(amount) * (unitsMs.get(unit ?? '') ?? 0);
  }
  return total;
}

/** Codes that are repeated: anything else could be an echo of a key or a question. */
const knownCode =
  /^(invalid_api_key|account_deactivated|insufficient_quota|rate_limit_exceeded|model_not_found|DeploymentNotFound|billing_[a-z_]{1,40})$/;

/** Status and code for people to read, like `429 insufficient_quota`, whatever else was sent. */
export function describeError(thrown: unknown): string {
  if (!isAnswer(thrown)) return 'no answer';
  const code = [thrown.code, thrown.type].find((name) => knownCode.test(name ?? ''));
  return [thrown.status ?? 200, code].filter((part) => part !== undefined).join(' ');
}
