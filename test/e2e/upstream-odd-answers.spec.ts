import { Caller, readEventStream } from '../support/caller.js';
import { startRawUpstream, type RawUpstream } from '../support/raw-upstream.js';
import { token, type TestService } from '../support/service.js';
import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const model = 'gpt-6-luna';
const messages = [{ role: 'user', content: 'hello' }];
const said = 'You said: hello';
const rateLimitMs = 310_000;

/** Asks in every way that a model is asked in. @returns the texts, or the statuses where there are none */
const ways: [string, (service: TestService) => Promise<string | number>][] = [
  ['a quick answer', (service) => quickAnswer(service, false)],
  ['a quick answer as a stream', (service) => quickAnswer(service, true)],
  ['a chat completion', (service) => post(service, 'chat/completions', { model, messages })],
  [
    'a chat completion as a stream',
    (service) => post(service, 'chat/completions', { model, messages, stream: true }),
  ],
  ['a response', (service) => post(service, 'responses', { model, input: 'hello' })],
  [
    'a response as a stream',
    (service) => post(service, 'responses', { model, input: 'hello', stream: true }),
  ],
];

async function quickAnswer(service: TestService, stream: boolean): Promise<string | number> {
  const body = JSON.stringify({ question: 'hello', stream });
  const { status, text } = await new Caller(service.url).post('quickAnswer', body);
  if (status !== 200) return status;
  if (!stream) return text;
  const read = readEventStream(text);
  return read.done ? read.text : String(read.error);
}

async function post(service: TestService, path: string, body: object): Promise<string | number> {
  const answer = await fetch(`${service.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 200) return answer.status;
  const isError = text.includes('"error":{') || text.includes('response.failed');
  return !isError && text.includes('hello') ? said : text;
}

/** Between two attempts is a random part of a tenth of a second. */
function withoutPauses(): void {
  jest.spyOn(Math, 'random').mockReturnValue(0);
}

function json(status: number, body: unknown): Behaviour {
  return { status, rawBody: JSON.stringify(body) };
}

/** An error object in the place of an answer, whatever was asked for. */
function inside(body: unknown): Behaviour {
  return { rawBody: JSON.stringify(body) };
}

function event(body: unknown): Behaviour {
  return { rawBody: `data: ${JSON.stringify(body)}\n\n`, contentType: 'text/event-stream' };
}

const html = '<html><title>Just a moment</title></html>';
const llama = { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } };
const localAi = { error: { code: 500, message: 'rpc error', type: '' } };

describe('what one key is answered with, while another key can serve', () => {
  const { service } = useService({ OPENAI_API_KEYS: 'sk-odd,sk-good' });

  beforeAll(() => {
    withoutPauses();
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  const message = 'No';
  const faults: [string, Behaviour][] = [
    ...[204, 301, 302, 304, 307, 308].map((status): [string, Behaviour] => [
      `${status}`,
      { status, headers: { location: 'http://127.0.0.1:1/' } },
    ]),
    ...[
      404, 405, 406, 408, 409, 410, 418, 423, 424, 425, 431, 451, 498, 499, 500, 502, 504, 529,
    ].map((status): [string, Behaviour] => [
      `${status} with a number for a code`,
      json(status, { error: { message, code: status, type: { a: 1 }, param: [1] } }),
    ]),
    ['404 of a local server', json(404, { error: 'model not found' })],
    ['404 as a page', { status: 404, rawBody: html, contentType: 'text/html' }],
    ['503 of llama-server', json(503, llama)],
    ['500 of LocalAI', json(500, localAi)],
    ['503 in a list', json(503, [llama])],
    ['503 as a text', json(503, 'busy')],
    ['503 with a detail', json(503, { detail: 'busy' })],
    ['503 as null', json(503, null)],
    ['503 without a body', { status: 503, rawBody: '' }],
    ['503 as a page', { status: 503, rawBody: html, contentType: 'text/html' }],
    ['429 of OpenRouter', json(429, { error: { message, code: 429, metadata: { raw: {} } } })],
    ['429 in a list', json(429, [{ error: { message, code: 429 } }])],
    ['429 as a text', json(429, { error: 'Slow down' })],
    ['429 in the place of an answer', inside({ error: { message, code: 429 } })],
    ['429 as the first event', event({ error: { message, code: '429', type: null } })],
    ['503 in the place of an answer', inside(llama)],
    ['503 as the first event', event(llama)],
    ['an error that is a text, in the place of an answer', inside({ error: 'No' })],
    ['an error without words, in the place of an answer', inside({ error: { code: [] } })],
    ['an error in a list, in the place of an answer', inside([{ error: { message } }])],
    ['an error of vLLM, in the place of an answer', inside({ object: 'error', message })],
    ['an error that says nothing, as the first event', event({ error: { message } })],
    ['a page', { rawBody: html, contentType: 'text/html' }],
    ['nothing', { rawBody: '' }],
    ['nothing, as a stream', { rawBody: '', contentType: 'text/event-stream' }],
    [
      'no bytes of gzip',
      { rawBody: '\u001f\u008bgarbage', headers: { 'content-encoding': 'gzip' } },
    ],
    ['half of an answer', { rawBody: '{"choices":[{"message":' }],
    ['half of an event', { rawBody: 'data: {"choices":[', contentType: 'text/event-stream' }],
    ['no JSON in the first event', { rawBody: 'data: {\n\n', contentType: 'text/event-stream' }],
    ['null', inside(null)],
    ['a list', inside([])],
    ['a number', event(42)],
    ['no choices', inside({ choices: [] })],
    ['choices that are none', inside({ choices: 4 })],
    ['choices that are none, as an event', event({ choices: { a: 1 } })],
    ['a choice that is none, as an event', event({ choices: [null, 7, 'x'] })],
    ['a stream without an end', event({ choices: [{ index: 0, delta: {} }] })],
    ['a body that is cut', { cutPlainBodyAfterBytes: 10, cutAfterPieces: 0 }],
  ];

  it.each(faults)('is seen by nobody: %s', async (_, fault) => {
    service.simulator.behave(fault, { key: 'sk-odd' });
    for (const [, ask] of ways) {
      expect([await ask(service), await ask(service)]).toEqual([said, said]);
      service.clock.advance(rateLimitMs);
    }
    expect(service.simulator.callsWith('sk-odd')).toBeGreaterThan(0);
  });
});

describe('a number for a code', () => {
  it.each([
    [401, { error: { message: 'User not found.', code: 401 } }],
    [402, { error: { message: 'Insufficient credits', code: 402 } }],
    [403, { error: { message: 'Your chosen model requires moderation', code: 403 } }],
  ])('with status %i leads to the next key', async (status, body) => {
    const { service } = await start({ OPENAI_API_KEYS: 'sk-odd,sk-good' });
    service.simulator.behave(json(status, body), { key: 'sk-odd' });
    for (const [, ask] of ways) {
      expect([await ask(service), await ask(service)]).toEqual([said, said]);
    }
    expect(service.simulator.callsWith('sk-odd')).toBeGreaterThanOrEqual(1);
  });
});

describe('an upstream that answers everyone oddly', () => {
  const { service } = useService();

  beforeAll(() => {
    withoutPauses();
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  const reason = 'The model is not multimodal.';
  it.each<[string, Behaviour]>([
    ['400', json(400, { error: { message: reason, code: 400, type: 'BadRequestError' } })],
    ['400 in a list', json(400, [{ error: { message: reason, code: 400 } }])],
    ['400 with a detail', json(400, { detail: [{ loc: ['body'], msg: reason }] })],
    ['422 of Mistral', json(422, { message: { detail: [{ msg: reason }] }, object: 'error' })],
    [
      '413 with objects',
      json(413, { error: { message: [reason], code: {}, param: {}, type: [] } }),
    ],
    ['404', json(404, { error: { message: reason, code: 404 } })],
  ])('tells its reason where that is the caller\u2019s: %s', async (_, behaviour) => {
    service.simulator.behave(behaviour);
    for (const stream of [false, true]) {
      const answer = await fetch(`${service.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ model: 'llama-of-nobody', messages, stream }),
      });
      const { error } = (await answer.json()) as { error: Record<string, unknown> };
      expect(answer.status).toBe(behaviour.status === 404 ? 404 : 400);
      expect(error['message']).toContain(reason);
      for (const name of ['type', 'code', 'param']) {
        expect(error[name] === null || typeof error[name] === 'string').toBe(true);
      }
    }
    expect(service.simulator.totalCalls).toBe(2);
  });

  it.each<[string, Behaviour]>([
    ['409', { status: 409 }],
    ['408', { status: 408 }],
    ['a page', { rawBody: html, contentType: 'text/html' }],
    ['an error in its place', inside({ error: 'no' })],
  ])('is asked again a bounded number of times, and by the next caller: %s', async (_, fault) => {
    service.simulator.behave(fault);
    for (let call = 0; call < 30; call += 1) {
      expect(await quickAnswer(service, call % 2 === 0)).toBe(502);
    }
    expect(service.simulator.totalCalls).toBeLessThanOrEqual(30 + 10);
    service.simulator.reset();
    // Whoever provoked that, nobody else is refused for it.
    for (let call = 0; call < 10; call += 1) expect(await quickAnswer(service, false)).toBe(said);
  });

  it.each<[string, Behaviour]>([
    ['JSON', inside({ error: { message: reason, code: 400 } })],
    [
      'a list in JSON, after blank lines',
      { rawBody: `\n\n [{"error":{"message":"${reason}","code":400}}]` },
    ],
    ['the first event', event({ error: { message: reason, code: 400, param: null } })],
    [
      'the first event after a byte-order mark',
      { ...event({}), rawBody: `\uFEFFdata: {"error":{"message":"${reason}","code":"400"}}\n\n` },
    ],
  ])('tells its reason where a stream was asked for and it comes as %s', async (_, behaviour) => {
    service.simulator.behave(behaviour);
    const answer = await new Caller(service.url).post(
      'quickAnswer',
      '{"question":"x","stream":true}',
    );
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toContain(reason);
    const completion = { model, messages, stream: true };
    expect(await post(service, 'chat/completions', completion)).toBe(400);
    expect(service.simulator.totalCalls).toBe(2);
  });

  it('is left when its answer is nested without an end', async () => {
    const depth = 1_900_000;
    service.simulator.behave({ rawBody: `${'['.repeat(depth)}${']'.repeat(depth)}` });
    expect(await quickAnswer(service, false)).toBe(502);
    expect(await quickAnswer(service, true)).toBe(502);
    expect(service.simulator.totalCalls).toBe(2);
  });

  it.each<[string, (string | null)[]]>([
    ['the last piece', [null, 'stop']],
    ['a piece after the last', ['stop', null]],
  ])('is not believed to be complete where %s is too much to keep', async (_, lastReasons) => {
    const reasons = [...Array<null>(7).fill(null), ...lastReasons];
    const events = reasons.map((finish_reason) => {
      const choice = { index: 0, delta: { content: 'x'.repeat(500_000) }, finish_reason };
      return `data: ${JSON.stringify({ choices: [choice] })}\n\n`;
    });
    const rawBody = `${events.join('')}data: [DONE]\n\n`;
    service.simulator.behave({ rawBody, contentType: 'text/event-stream' });
    const asked = { model, input: 'hi', stream: true };
    const text = String(await post(service, 'responses', asked));
    const [, id = ''] = /"id":"(resp_\w+)"/.exec(text) ?? [];
    expect(/"response\.(failed|completed)"/.exec(text)?.[1]).toBe('failed');
    const stored = await fetch(`${service.url}/v1/responses/${id}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await stored.json()).toMatchObject({ id, status: 'failed', output: [] });
  });
});

describe('an upstream that sends without an end', () => {
  let part = '';
  let sent = 0;
  let upstream: RawUpstream;

  beforeAll(async () => {
    upstream = await startRawUpstream((response) => {
      const block = part.repeat(Math.ceil(65_536 / part.length));
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const send = (): void => {
        let isTaken = true;
        while (isTaken && !response.destroyed) {
          sent += block.length;
          isTaken = response.write(block);
        }
      };
      response.on('drain', send);
      send();
    });
  });
  const { service } = useService(() => ({
    OPENAI_BASE_URL: upstream.baseUrl,
    UPSTREAM_MAX_ANSWER_BYTES: '4194304',
  }));
  afterAll(async () => {
    await upstream.close();
  });

  it.each([
    ['events that say nothing', 'data:{}\n\n'],
    ['lines of one event', 'data:\n'],
    ['blank lines', '\n'],
    ['comments', ': x\n\n'],
    ['fields of no event', 'x\n'],
    ['one line', 'x'],
    ['JSON', '['],
  ])('is left soon: %s', async (_, text) => {
    part = text;
    sent = 0;
    const before = upstream.calls();
    expect(await quickAnswer(service, true)).toBe(502);
    const completion = await post(service, 'chat/completions', { model, messages, stream: true });
    // Many events are passed on, and then it is an error in a stream.
    if (completion !== 502) {
      expect(completion).toMatch(/larger than UPSTREAM_MAX_ANSWER_BYTES|The model service failed/);
    }
    expect(upstream.calls()).toBe(before + 2);
    expect(sent).toBeLessThan(2 * 16 * 1_048_576);
  });

  const speaking = (delta: object): string =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;

  it.each([
    ['a text', speaking({ content: 'x'.repeat(60_000) })],
    ['a refusal', speaking({ refusal: 'x'.repeat(60_000) })],
    [
      'arguments of a function',
      speaking({ tool_calls: [{ index: 0, function: { arguments: 'x'.repeat(60_000) } }] }),
    ],
    [
      'function calls',
      speaking({ tool_calls: Array.from({ length: 1_500 }, (_, index) => ({ index, id: 'x' })) }),
    ],
    [
      'probabilities',
      `data: ${JSON.stringify({ choices: [{ delta: { content: 'x' }, logprobs: { content: Array(20_000).fill({}) } }] })}\n\n`,
    ],
  ])('is left soon where the answer is kept as a whole: %s', async (_, text) => {
    part = text;
    sent = 0;
    const response = await post(service, 'responses', { model, input: 'hello', stream: true });
    expect(response).toContain('"type":"response.failed"');
    expect(sent).toBeLessThan(2 * 16 * 1_048_576);
  });
});
