import { APIConnectionError, APIConnectionTimeoutError, APIError, APIUserAbortError } from 'openai';
import { errors } from 'undici';
import type { AttemptOutcome } from '../../keys/attempt-outcome.js';
import { AnsweredError } from '../dialects/answered-error.js';
import { AnswerTooLargeError } from '../transport/answer-limits.js';
import { classify, describeError, isAnswer, outcomeOf, type CallFailure } from './call-failure.js';
import { TruncatedAnswerError } from '../dialects/parse-answer.js';

/** What the upstream can put into the error object of its answer. */
interface ErrorBody {
  message?: string;
  type?: string;
  code?: string | null;
  param?: string | null;
}

/** An error as the client makes it from an answer that is not 2xx. */
function answered(
  status: number,
  error: ErrorBody = {},
  headers: Record<string, string> = {},
): AnsweredError {
  return new AnsweredError(status, { error }, undefined, new Headers(headers));
}

/** An error that came as a piece of a stream, whose status was 200. */
function streamed(error: ErrorBody): AnsweredError {
  return new AnsweredError(undefined, { error }, undefined, new Headers());
}

function key(outcome: AttemptOutcome): CallFailure {
  return { type: 'key', outcome };
}

function rateLimited(retryAfterMs: number | null): CallFailure {
  return key({ type: 'rate-limited', retryAfterMs });
}

/** About the request, in words that could be about any parameter. */
function refusal(
  reason: string,
  parameter: string | null = null,
): CallFailure & { type: 'request' } {
  const named = { reason, parameter, isAboutValue: false };
  return { type: 'request', ...named, isExplained: false, code: null };
}

const fault: CallFailure = { type: 'fault' };
const broken: CallFailure = { type: 'broken' };
const unserved: CallFailure = { type: 'unserved' };
const quota = { type: 'insufficient_quota', code: 'insufficient_quota' };

describe('an answer that blames the key', () => {
  it.each<[string, AnsweredError, CallFailure]>([
    ['401', answered(401), key({ type: 'rejected' })],
    ['401 invalid_api_key', answered(401, { code: 'invalid_api_key' }), key({ type: 'rejected' })],
    ['404 invalid_api_key', answered(404, { code: 'invalid_api_key' }), key({ type: 'rejected' })],
    ['403', answered(403), key({ type: 'forbidden' })],
    ['429', answered(429), rateLimited(null)],
    ['429 rate_limit_exceeded', answered(429, { code: 'rate_limit_exceeded' }), rateLimited(null)],
    ['429 insufficient_quota', answered(429, quota), key({ type: 'quota-exhausted' })],
    [
      '429 with insufficient_quota only as type',
      answered(429, { type: 'insufficient_quota', code: null }),
      key({ type: 'quota-exhausted' }),
    ],
    [
      '429 with insufficient_quota only as code',
      answered(429, { code: 'insufficient_quota' }),
      key({ type: 'quota-exhausted' }),
    ],
    ['403 insufficient_quota', answered(403, quota), key({ type: 'quota-exhausted' })],
    ['insufficient_quota in a stream', streamed(quota), key({ type: 'quota-exhausted' })],
    [
      'invalid_api_key in a stream',
      streamed({ code: 'invalid_api_key' }),
      key({ type: 'rejected' }),
    ],
  ])('is one with %s', (_title, error, failure) => {
    expect(classify(error)).toEqual(failure);
  });

  it.each([
    'You exceeded your current quota, please check your plan and billing details.',
    'insufficient_quota',
    'invalid_api_key',
    'Incorrect API key provided',
  ])('is not one whose words do, when it is a 400: %s', (message) => {
    expect(classify(answered(400, { message, type: 'invalid_request_error' }))).toMatchObject({
      type: 'request',
    });
  });

  it.each([400, 413, 422])('is not one with %i, whatever its code and type are', (status) => {
    expect(classify(answered(status, quota))).toMatchObject({ type: 'request' });
    const wrongKey = { code: 'invalid_api_key', type: 'invalid_api_key' };
    expect(classify(answered(status, wrongKey))).toMatchObject({ type: 'request' });
  });

  it('is one with 400 where details name the key, as Google has it', () => {
    const details = [{ reason: 'API_KEY_INVALID', domain: 'googleapis.com' }];
    const body = [{ error: { code: 400, status: 'INVALID_ARGUMENT', message: 'No.', details } }];
    const error = new AnsweredError(400, body, undefined, new Headers());
    expect(classify(error)).toEqual(key({ type: 'rejected' }));
  });

  it.each([401, 403])('is about the model where a gateway says so: %i', (status) => {
    const denied = { type: 'key_model_access_denied', param: 'model', code: String(status) };
    expect(classify(answered(status, denied))).toEqual(key({ type: 'forbidden' }));
  });

  it('is a 429 of its own kind whatever its words say of the quota', () => {
    const message = 'You exceeded your current quota: insufficient_quota';
    expect(classify(answered(429, { message }))).toEqual(rateLimited(null));
  });
});

describe('the wait that a 429 asks for', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');

  beforeEach(() => {
    jest.useFakeTimers({ now });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[Record<string, string>, number | null]>([
    [{}, null],
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Mon, 23 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 11:59:30 GMT' }, -30_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '' }, null],
    [{ 'retry-after': '1m30s' }, 90_000],
    [{ 'retry-after': '2026-11-23T12:00:05Z' }, 5_000],
    [{ 'retry-after': '-5' }, null],
    [{ 'retry-after': '1e9' }, null],
    [{ 'retry-after-ms': '1234' }, 1_234],
    [{ 'retry-after-ms': '12', 'retry-after': '7' }, 12],
    [{ 'retry-after-ms': 'soon', 'retry-after': '7' }, 7_000],
  ])('with %j is %p ms', (headers, retryAfterMs) => {
    expect(classify(answered(429, {}, headers))).toEqual(rateLimited(retryAfterMs));
  });
});

describe("an answer that finds fault with the request is the caller's", () => {
  it.each([400, 413, 422])('with status %i', (status) => {
    const error = { message: 'Too long', param: 'messages', type: 'invalid_request_error' };
    expect(classify(answered(status, error))).toEqual({
      ...refusal('Too long', 'messages'),
      isExplained: status === 413,
    });
  });

  it.each([
    ['invalid_value', true],
    ['invalid_type', true],
    ['integer_above_max_value', true],
    ['decimal_below_min_value', true],
    ['unsupported_parameter', false],
    ['unsupported_value', false],
    [null, false],
  ])('and may be about a value only: %s', (code, isAboutValue) => {
    expect(classify(answered(400, { param: 'max_tokens', code }))).toMatchObject({ isAboutValue });
  });

  it.each([
    [400, { code: 'context_length_exceeded' }],
    [400, { message: "This model's maximum context length is 4096 tokens." }],
    [400, { message: 'the request exceeds the available context size, try increasing it' }],
    [400, { type: 'exceed_context_size_error', message: 'No' }],
    [400, { message: 'prompt is too long: 210000 tokens > 200000 maximum' }],
    [400, { message: 'Input length 5000 exceeds maximum length 4096 of the model' }],
    [
      422,
      {
        message:
          'Prompt contains 40000 tokens, too large for model with 32768 maximum context length',
      },
    ],
  ])('and may be about a history that is too long: %i %j', (status, error) => {
    expect(classify(answered(status, error))).toMatchObject({
      type: 'request',
      isExplained: true,
      code: 'context_length_exceeded',
    });
  });

  it.each([
    ['content_policy_violation', true],
    ['invalid_image', true],
    ['unsupported_parameter', false],
    ['unknown_field_argument', false],
    ['Client specified an invalid argument', false],
    ['400', false],
    [null, false],
  ])('and explained by a name that is not about parameters: %s', (code, isExplained) => {
    expect(classify(answered(400, { code }))).toMatchObject({ isExplained });
  });

  it('even when it says "credit"', () => {
    const message = 'Your prompt asks for credit card numbers and billing details';
    expect(classify(answered(400, { message }))).toEqual(refusal(message));
  });

  it.each([undefined, 'unsupported_parameter', null])(
    'and names its parameter whatever the code is: %p',
    (code) => {
      const error = { message: 'No', param: 'temperature', ...(code !== undefined && { code }) };
      expect(classify(answered(400, error))).toMatchObject({ parameter: 'temperature' });
    },
  );

  it.each<[string, object | undefined, string | undefined, string]>([
    ['no body', undefined, undefined, '400'],
    ['text that is not JSON', undefined, 'Bad things', 'Bad things'],
    ['a string as error', { error: 'Bad things' }, undefined, 'Bad things'],
    ['an empty message', { error: { message: '' } }, undefined, '400'],
    ['a message that is no string', { error: { message: ['Bad things'] } }, undefined, 'Bad'],
  ])('and has some reason with %s', (_title, body, text, reason) => {
    const failure = classify(new AnsweredError(400, body, text, new Headers()));
    expect(failure).toMatchObject({ type: 'request', parameter: null });
    expect(failure).toHaveProperty('reason', expect.stringContaining(reason));
  });
});

describe('any other answer', () => {
  it.each([500, 502, 503, 504, 520, 529])('is a fault with status %i', (status) => {
    expect(classify(answered(status))).toEqual(fault);
  });

  it.each([301, 302, 304, 404, 405, 408, 409, 418, 425, 451, 498])(
    'is worth another attempt with status %i',
    (status) => {
      expect(classify(answered(status))).toEqual(unserved);
      expect(outcomeOf(unserved)).toEqual({ type: 'fault' });
    },
  );

  it('is worth another attempt as an error in a stream that blames no key', () => {
    expect(classify(streamed({ message: 'The server had an error' }))).toEqual(unserved);
  });

  it('does not blame a key in the words of a 500', () => {
    expect(classify(answered(500, { message: 'invalid_api_key insufficient_quota' }))).toEqual(
      fault,
    );
  });
});

describe('a call without an answer', () => {
  const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

  it.each<[string, unknown, CallFailure]>([
    ["the client's connection error", new APIConnectionError({}), fault],
    ['one with a cause', new APIConnectionError({ cause: reset }), fault],
    ['one whose cause says nothing', new APIConnectionError({ cause: new Error('?') }), fault],
    ['one that took too long to connect', new APIConnectionTimeoutError(), fault],
    ['a generated error without status', APIError.generate(undefined, {}, 'x', undefined), fault],
    ['a socket that closed', new errors.SocketError('other side closed'), fault],
    ['a body that was cut off', new errors.RequestAbortedError(), fault],
    ['a reset while reading', reset, fault],
    ['a broken pipe', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }), fault],
    ['a reset further down', new TypeError('terminated', { cause: reset }), fault],
    ['a body that stalled', new errors.BodyTimeoutError(), { type: 'timeout' }],
    [
      'a stall further down',
      new Error('terminated', { cause: new errors.BodyTimeoutError() }),
      { type: 'timeout' },
    ],
    ['an abort of the client', new APIUserAbortError(), broken],
    ['a chunk that is not JSON', new SyntaxError('Unexpected token'), unserved],
    ['an answer that breaks off', new TruncatedAnswerError(), unserved],
    [
      'a body in broken chunks',
      Object.assign(new Error('?'), { code: 'HPE_INVALID_CHUNK_SIZE' }),
      fault,
    ],
    ['an answer that is too large', new AnswerTooLargeError(), broken],
    ['an error with an unknown code', Object.assign(new Error('?'), { code: 'EOTHER' }), broken],
    ['an error with a numeric code', Object.assign(new Error('?'), { code: 7 }), broken],
    ['words of a reset without its code', new Error('ECONNRESET'), broken],
    ['a thrown string', 'ECONNRESET', broken],
    ['nothing', undefined, broken],
    ['null', null, broken],
  ])('is sorted by type and code: %s', (_title, thrown, failure) => {
    expect(classify(thrown)).toEqual(failure);
  });
});

describe('telling answers from other errors', () => {
  it.each([answered(400), answered(500), streamed({ message: 'x' })])(
    'takes $name for an answer',
    (error) => {
      expect(isAnswer(error)).toBe(true);
    },
  );

  it.each([[new Error('400')], [{ status: 400 }], ['400'], [null], [undefined]])(
    'takes %j for none',
    (thrown) => {
      expect(isAnswer(thrown)).toBe(false);
    },
  );
});

describe('names that say more than a status', () => {
  const unknownModel = { type: 'unknown-model', reason: 'No such model.' };
  const message = 'No such model.';

  it.each<[string, AnsweredError, CallFailure]>([
    [
      'account_deactivated',
      answered(401, { code: 'account_deactivated' }),
      key({ type: 'rejected' }),
    ],
    [
      'billing_not_active',
      answered(429, { code: 'billing_not_active' }),
      key({ type: 'quota-exhausted' }),
    ],
    [
      'billing_hard_limit_reached as type',
      answered(403, { type: 'billing_hard_limit_reached' }),
      key({ type: 'quota-exhausted' }),
    ],
    ['402', answered(402), key({ type: 'payment-required' })],
    [
      '402 with a name',
      answered(402, { code: 'billing_hard_limit_reached' }),
      key({ type: 'quota-exhausted' }),
    ],
    [
      'unsupported_country_region_territory',
      answered(403, { code: 'unsupported_country_region_territory' }),
      { type: 'region-blocked' },
    ],
    [
      'model_not_found',
      answered(404, { code: 'model_not_found' }),
      key({ type: 'model-not-found' }),
    ],
    [
      'DeploymentNotFound, as Azure says it',
      answered(404, { code: 'DeploymentNotFound' }),
      key({ type: 'model-not-found' }),
    ],
    ['404 without a code', answered(404), unserved],
    [
      'context_length_exceeded in a stream',
      streamed({ code: 'context_length_exceeded', message }),
      { ...refusal(message), isExplained: true, code: 'context_length_exceeded' },
    ],
    [
      'invalid_request_error in a stream',
      streamed({ type: 'invalid_request_error', message }),
      refusal(message),
    ],
    ['server_error in a stream', streamed({ type: 'server_error' }), fault],
  ])('%s', (_title, error, failure) => {
    expect(classify(error)).toEqual(failure);
  });

  it.each([
    { message, type: 'NotFoundError', code: '404' },
    { message, type: 'api_error', code: null },
  ])("is the caller's mistake with any 404 of the API whose model is not known: %j", (error) => {
    expect(classify(answered(404, error), false)).toEqual(unknownModel);
    expect(classify(answered(404, error), true)).toEqual(unserved);
  });

  it.each([undefined, '<html>404</html>', '404 page not found'])(
    'says nothing of a model with a 404 of something else: %j',
    (text) => {
      expect(classify(new AnsweredError(404, undefined, text, new Headers()), false)).toEqual(
        unserved,
      );
    },
  );

  it("is the caller's mistake when the model is not known", () => {
    for (const code of ['model_not_found', 'DeploymentNotFound']) {
      const error = answered(404, { code, message });
      expect(classify(error, false)).toEqual(unknownModel);
      expect(outcomeOf(classify(error, false))).toEqual({ type: 'unknown-model' });
    }
  });
});

describe('a 403', () => {
  const page = { 'content-type': 'text/html; charset=UTF-8' };
  const json = { 'content-type': 'application/json' };

  it.each<[string, object | undefined, string | undefined, Record<string, string>, CallFailure]>([
    ['a web page', undefined, '<html>Attention Required!</html>', page, { type: 'fenced' }],
    ['text', undefined, 'Forbidden', { 'content-type': 'text/plain' }, { type: 'fenced' }],
    ['nothing at all', undefined, '', {}, { type: 'fenced' }],
    ['an error object', { error: { message: 'No.' } }, undefined, json, key({ type: 'forbidden' })],
    [
      'an error object as text',
      { error: { message: 'No.' } },
      undefined,
      page,
      key({ type: 'forbidden' }),
    ],
    ['JSON of another shape', { detail: 'No.' }, undefined, json, key({ type: 'forbidden' })],
  ])('with %s', (_title, body, text, headers, failure) => {
    const error = new AnsweredError(403, body, text, new Headers(headers));
    expect(classify(error)).toEqual(failure);
  });
});

describe('a request that is too large for the limit', () => {
  const tooLarge = key({ type: 'too-large' });
  const words =
    'Request too large for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 30,000, Requested 40,123. The input or output tokens must be reduced in order to run successfully.';
  const usual =
    'Rate limit reached for gpt-6-luna in organization org-x on tokens per min (TPM): Limit 30000, Used 29000, Requested 2000. Please try again in 6s.';
  const tokens = { type: 'tokens', code: 'rate_limit_exceeded' };
  const full = { 'x-ratelimit-limit-tokens': '30000', 'x-ratelimit-remaining-tokens': '30000' };

  it.each<[string, APIError, CallFailure]>([
    ["in OpenAI's words", answered(429, { ...tokens, message: words }), tooLarge],
    ['with a wait', answered(429, { ...tokens, message: words }, { 'retry-after': '1' }), tooLarge],
    ['by name', answered(429, { code: 'request_too_large' }), tooLarge],
    ['by a bucket that is full', answered(429, { ...tokens, message: 'No.' }, full), tooLarge],
    [
      'by the size of the bucket',
      answered(
        429,
        { message: 'Requested too much. Limit 1, Requested 31000' },
        { 'retry-after': '1', ...full },
      ),
      tooLarge,
    ],
    [
      'not when the bucket is only used up',
      answered(429, { ...tokens, message: usual }),
      rateLimited(null),
    ],
    [
      'not when a full bucket says how long to wait',
      answered(429, tokens, { ...full, 'retry-after': '2' }),
      rateLimited(2_000),
    ],
    [
      'not when requests are counted',
      answered(429, { type: 'requests', message: 'x' }, full),
      rateLimited(null),
    ],
  ])('%s', (_title, error, failure) => {
    expect(classify(error)).toEqual(failure);
  });
});

describe('the resets of a rate limit', () => {
  it.each<[Record<string, string>, number | null]>([
    [{ 'x-ratelimit-reset-requests': '1s' }, 1_000],
    [{ 'x-ratelimit-reset-tokens': '6m0s' }, 360_000],
    [{ 'x-ratelimit-reset-tokens': '20ms' }, 20],
    [{ 'x-ratelimit-reset-tokens': '1m30.5s' }, 90_500],
    [{ 'x-ratelimit-reset-requests': '2.5' }, 2_500],
    [{ 'x-ratelimit-reset-requests': '1s', 'x-ratelimit-reset-tokens': '9s' }, 9_000],
    [{ 'retry-after': '3', 'x-ratelimit-reset-tokens': '9s' }, 3_000],
    [{ 'retry-after-ms': '40', 'retry-after': '3', 'x-ratelimit-reset-tokens': '9s' }, 40],
    [
      {
        'retry-after': '1',
        'x-ratelimit-reset-tokens': '4m',
        'x-ratelimit-remaining-tokens': '29000',
      },
      1_000,
    ],
    [{ 'x-ratelimit-reset-tokens': '4m', 'x-ratelimit-remaining-tokens': '29000' }, null],
    [
      {
        'x-ratelimit-reset-requests': '2s',
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-tokens': '4m',
        'x-ratelimit-remaining-tokens': '29000',
      },
      2_000,
    ],
    [
      { 'retry-after': 'Wed, 21 Oct 2015 07:28:30 GMT', date: 'Wed, 21 Oct 2015 07:28:00 GMT' },
      30_000,
    ],
    [{ 'retry-after': '7200', 'x-ratelimit-reset-requests': '9s' }, 9_000],
    [{ 'retry-after': '30', 'x-ratelimit-reset-tokens': '9s' }, 30_000],
    [{ 'retry-after': '30', 'x-ratelimit-reset-tokens': '2h' }, 30_000],
    [{ 'x-ratelimit-reset-tokens': '2h' }, null],
    [{ 'x-ratelimit-reset-tokens': 'tomorrow' }, null],
  ])('with %j are %p ms', (headers, retryAfterMs) => {
    expect(classify(answered(429, {}, headers))).toEqual(rateLimited(retryAfterMs));
  });
});

describe('what people may read of an error', () => {
  it.each([
    [answered(429, quota), '429 insufficient_quota'],
    [answered(401, { code: 'sk-canary' }), '401'],
    [answered(500, { message: 'sk-canary', type: 'sk-canary' }), '500'],
    [streamed({ type: 'insufficient_quota' }), '200 insufficient_quota'],
    [new Error('sk-canary'), 'no answer'],
  ])('is status and a known code: %#', (thrown, text) => {
    expect(describeError(thrown)).toBe(text);
  });
});
