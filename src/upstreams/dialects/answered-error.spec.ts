import { AnsweredError, errorIn } from './answered-error.js';
import { classify, describeError } from '../retry/call-failure.js';

const headers = new Headers();

function answered(status: number | undefined, body: unknown, text?: string): AnsweredError {
  return new AnsweredError(status, body, text, headers);
}

/** What real servers, and some that might be, answer; what is read of it. */
const bodies: [
  string,
  unknown,
  Partial<Record<'reason' | 'code' | 'type' | 'param', string | null>>,
][] = [
  [
    'OpenAI',
    { error: { message: 'No', type: 'invalid_request_error', param: 'stop', code: 'bad' } },
    { reason: 'No', type: 'invalid_request_error', param: 'stop', code: 'bad' },
  ],
  [
    'llama.cpp',
    { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
    { reason: 'Loading model', type: 'unavailable_error', param: null, code: '503' },
  ],
  [
    'vLLM',
    { error: { message: 'Too long', type: 'BadRequestError', param: null, code: 400 } },
    { reason: 'Too long', type: 'BadRequestError', code: '400' },
  ],
  [
    'vLLM, before',
    { object: 'error', message: 'None', type: 'NotFoundError', param: null, code: 404 },
    { reason: 'None', type: 'NotFoundError', code: '404' },
  ],
  [
    'OpenRouter',
    { error: { message: 'Provider returned error', code: 429, metadata: { raw: {} } } },
    { reason: 'Provider returned error', code: '429', type: null },
  ],
  [
    'LocalAI',
    { error: { code: 500, message: 'rpc error', type: '' } },
    { code: '500', type: null },
  ],
  ['Ollama', { error: 'model not found' }, { reason: 'model not found', code: null }],
  [
    'Gemini',
    [{ error: { code: 400, message: 'Invalid value', status: 'INVALID_ARGUMENT' } }],
    { reason: 'Invalid value', code: '400' },
  ],
  [
    'Mistral',
    {
      object: 'error',
      message: { detail: [{ loc: ['body', 'stream_options'], msg: 'Extra inputs' }] },
      type: 'invalid_request_error',
    },
    {
      reason: 'stream_options: Extra inputs',
      param: 'stream_options',
      type: 'invalid_request_error',
    },
  ],
  [
    'FastAPI',
    { detail: [{ type: 'extra', loc: ['body', 'a', 0, 'b'], msg: 'Extra' }, { msg: 'and' }] },
    { reason: 'a.0.b: Extra; and', param: 'a.0.b' },
  ],
  ['FastAPI with a sentence', { detail: 'Not Found' }, { reason: 'Not Found', param: null }],
  [
    'xAI',
    { code: 'Client error', error: 'Argument not supported: stop' },
    { reason: 'Argument not supported: stop', code: 'Client error' },
  ],
  [
    'Anthropic',
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
    { reason: 'Overloaded', type: 'overloaded_error' },
  ],
  [
    'Nest',
    { statusCode: 401, message: 'Unauthorized', error: 'Unauthorized' },
    { reason: 'Unauthorized' },
  ],
  ['problem details', { title: 'Bad', status: 400 }, { reason: 'Bad' }],
  [
    'an error in an error',
    { error: { error: { message: 'In', code: 7 } } },
    { reason: 'In', code: '7' },
  ],
  ['a list of texts', { error: ['one', 'two'] }, { reason: 'one; two' }],
  [
    'a message that is a list',
    { error: { message: ['one', { msg: 'two' }] } },
    { reason: 'one; two' },
  ],
  ['a message that is a number', { error: { message: 7 } }, { reason: '7' }],
  [
    'objects and lists for names',
    { error: { message: 'No', code: { a: 1 }, type: ['x'], param: { b: 2 } } },
    { reason: 'No', code: null, type: null, param: null },
  ],
  [
    'booleans for names',
    { error: { message: 'No', code: true, type: false } },
    { code: null, type: null },
  ],
  ['a text', 'Slow down', { reason: 'Slow down' }],
  ['an empty object', {}, { code: null, param: null, type: null }],
  ['null', null, { code: null }],
  ['a number', 42, { code: null }],
  ['an error that is null', { error: null }, { code: null }],
  ['a list of nothing', [], { code: null }],
  ['an error without words', { error: { code: 429, metadata: {} } }, { code: '429' }],
];

const statuses = [302, 400, 401, 402, 403, 404, 408, 409, 413, 422, 425, 429, 451, 498, 500, 503];

describe.each(bodies)('the error of %s', (_, body, said) => {
  it.each([undefined, ...statuses])('is read as texts, with status %p', (status) => {
    const error = answered(status, body);
    expect(error).toMatchObject(said);
    expect(error.reason).toMatch(/\w/);
    for (const name of [error.code, error.type, error.param]) {
      expect(name === null || typeof name === 'string').toBe(true);
    }
    expect(classify(error, false)).toHaveProperty('type');
    expect(describeError(error)).toMatch(/^\d+( [a-z_]+)?$/);
  });
});

describe('a number in the place of a name', () => {
  it.each(statuses)('changes nothing in what is concluded from status %i', (status) => {
    const names = { message: 'No', type: 'some_error', param: null };
    const withText = answered(status, { error: { ...names, code: null } });
    for (const code of [status, 7, [status], { status }]) {
      const withNumber = answered(status, { error: { ...names, code, param: [1] } });
      expect(classify(withNumber)).toEqual(classify(withText));
    }
  });
});

describe('a body that is not JSON', () => {
  it.each([
    ['Bad things\n', 'Bad things'],
    ['<!doctype html><p>Blocked', 'Status 403 without a reason'],
    ['  <html>', 'Status 403 without a reason'],
    ['', 'Status 403 without a reason'],
    [undefined, 'Status 403 without a reason'],
  ])('%j gives the reason %j', (text, reason) => {
    expect(answered(403, undefined, text)).toMatchObject({ reason, isOfApi: false });
  });
});

describe('an error with status 200', () => {
  it.each([400, 401, 402, 404, 429, 500, 503])('counts like the status in its code: %i', (code) => {
    for (const spelled of [code, String(code)]) {
      const error = errorIn({ error: { message: 'No', code: spelled } }, headers);
      expect(error?.status).toBe(code);
      expect(classify(error)).toEqual(classify(answered(code, { error: { message: 'No' } })));
    }
  });

  it.each([200, 399, 600, 1302, 4.5, -1, null, '4xx'])('has no status in the code %p', (code) => {
    expect(errorIn({ error: { message: 'No', code } }, headers)?.status).toBeUndefined();
  });

  it.each([
    [{ error: 'No' }],
    [[{ error: { message: 'No' } }]],
    [{ object: 'error', message: 'No' }],
    [{ error: { message: 'No' }, choices: [] }],
    [{ choices: [{ error: 'No', finish_reason: 'stop' }] }],
    [{ choices: [{ error: { message: 'No' }, message: { content: 'a' } }] }],
    [{ code: 429, message: 'No' }],
    [{ code: '503', msg: 'No', success: false }],
  ])('is found in %j', (body) => {
    expect(errorIn(body, headers)?.reason).toBe('No');
  });

  it.each<[unknown]>([
    ...[[{}], [null], ['error'], [[]], [7]].map(([body]): [unknown] => [body]),
    ...['', {}, null, false, { message: '', type: '', code: 0 }].map((error): [unknown] => [
      { error, choices: [{ error, message: { content: 'a' } }] },
    ]),
    [{ code: 200, message: 'success' }],
    [{ code: 429, message: 'a', choices: [{ message: {} }] }],
    [{ code: 429 }],
  ])('is not in %j', (body) => {
    expect(errorIn(body, headers)).toBeNull();
  });
});

describe('the words of an error', () => {
  it('are bounded', () => {
    const long = 'x'.repeat(100_000);
    const error = answered(400, { error: { message: long, code: long, type: long, param: long } });
    expect(error.reason).toHaveLength(4_096);
    for (const name of [error.code, error.type, error.param]) expect(name).toHaveLength(200);
  });

  it('are looked for only so deep', () => {
    let body: unknown = 'far away';
    for (let depth = 0; depth < 100_000; depth += 1) body = { error: body };
    expect(answered(400, body).reason).toBe('Status 400 without a reason');
    for (let depth = 0; depth < 100_000; depth += 1) body = [body];
    expect(answered(400, body).reason).toBe('Status 400 without a reason');
  });
});
