import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { MemoryKeyPool } from '../../src/keys/memory.key-pool.js';
import { adminVariables, Operator } from '../support/admin.js';
import { chunkFrame, startRawUpstream } from '../support/raw-upstream.js';
import { token } from '../support/service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();
const keys = Array.from({ length: 4 }, (_, index) => `sk-blame-K00${index}`);
const forbidden = { message: 'Not for you.', type: 'forbidden', code: null };
const tooLarge = {
  message:
    'Request too large for the model on tokens per min (TPM): Limit 30000, Requested 65536. The input or output tokens must be reduced.',
  type: 'tokens',
  code: 'rate_limit_exceeded',
};

/** What the API says of its keys. */
async function expectUnchanged(operator: Operator): Promise<void> {
  for (const key of await operator.list()) {
    expect(key).toMatchObject({ state: 'active', models: [] });
  }
}

describe("one caller's requests that every key refuses", () => {
  let operator: Operator;

  const { service, caller } = useService({ OPENAI_API_KEYS: keys.join(), ...adminVariables });

  beforeAll(() => {
    operator = new Operator(service);
  });

  /** Asks at /v1. */
  async function complete(body: object): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'hello' }], ...body }),
    });
    return { status: answer.status, text: await answer.text() };
  }

  it.each<[string, Behaviour, number, string]>([
    ['403', { status: 403, error: forbidden }, 400, 'Not for you.'],
    [
      "403 that is a firewall's page",
      { status: 403, rawBody: '<html>Attention Required!</html>', contentType: 'text/html' },
      400,
      'firewall',
    ],
    [
      '402',
      { status: 402, error: { message: 'Fewer max_tokens, or more credit.', code: null } },
      400,
      'max_tokens',
    ],
    ['429 for its own size', { status: 429, error: tooLarge }, 400, 'must be reduced'],
    ['404', { status: 404 }, 404, 'does not know the model'],
    ['401', { status: 401 }, 502, 'API key'],
  ])('take no key from the others: %s', async (_what, refusal, status, words) => {
    for (const model of ['gpt-6-luna', 'gpt-6-sol']) {
      service.simulator.behave(refusal, { model });
      const refused = await complete({ model });
      expect(refused).toMatchObject({ status });
      expect(refused.text).toContain(words);
    }
    service.simulator.reset();
    await expectUnchanged(operator);
    for (const convType of ['turbo', 'gpt4', 'gpt3', 'turbo', 'gpt4']) {
      const body = JSON.stringify({ question: 'hello', convType });
      expect(await caller.post('quickAnswer', body)).toMatchObject({ status: 200 });
    }
  });

  it.each<[string, Behaviour, number]>([
    ['403', { status: 403, error: forbidden }, 400],
    ['402', { status: 402, error: { message: 'No.', code: null } }, 400],
    ['429', { status: 429, headers: { 'retry-after': '3500' } }, 429],
    ['404', { status: 404 }, 404],
  ])('take no key by a name that is no model: %s', async (what, refusal, status) => {
    for (const model of [`nope-1-${what}`, `nope-2-${what}`, `nope-3-${what}`]) {
      service.simulator.behave(refusal, { model });
      expect(await complete({ model })).toMatchObject({ status });
    }
    await expectUnchanged(operator);
    expect(await complete({ model: 'gpt-6-luna' })).toMatchObject({ status: 200 });
  });

  it('take a model whose limit is used up from nobody who asks for another', async () => {
    service.simulator.behave(
      { status: 429, headers: { 'retry-after': '3500' } },
      { model: 'gpt-6-sol' },
    );
    expect(await complete({ model: 'gpt-6-sol' })).toMatchObject({ status: 429 });
    for (let time = 0; time < 5; time += 1) {
      expect(await complete({ model: 'gpt-6-luna' })).toMatchObject({ status: 200 });
    }
    expect(new Set(Object.values(await operator.states()))).toEqual(new Set(['active']));
  });
});

describe('a pool of which every key refuses', () => {
  const many = Array.from({ length: 300 }, (_, index) => `sk-many-${String(index)}`);

  const { service, caller } = useService({ OPENAI_API_KEYS: many.join(), ...adminVariables });

  it.each<[string, Behaviour, number, number]>([
    ['401', { status: 401 }, 502, 8],
    ['403', { status: 403, error: forbidden }, 400, 8],
    ['quota', { status: 429, error: { message: 'x', code: 'insufficient_quota' } }, 503, 8],
    ['429', { status: 429, headers: { 'retry-after': '60' } }, 429, 3],
  ])('is asked at most 8 times for one call: %s', async (_what, refusal, status, asked) => {
    service.simulator.behave(refusal);
    const answer = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(answer.status).toBe(status);
    expect(service.simulator.totalCalls).toBe(asked);
    if (status === 429) expect(answer.headers.get('retry-after')).toBe('60');
    service.simulator.reset();
    service.clock.advance(60_000);
    expect(await caller.post('quickAnswer', '{"question":"hello"}')).toMatchObject({ status: 200 });
  });
});

describe('calls that wait for rate limited keys', () => {
  it.each([{}, { accept: 'text/event-stream' }])(
    'wait no longer than KEY_WAIT_MS in all, %j',
    async (headers) => {
      const { service, caller } = await start({ KEY_WAIT_MS: '300' });
      service.simulator.behave({ status: 429, headers: { 'retry-after-ms': '250' } });
      expect(await caller.post('quickAnswer', '{"question":"hello"}')).toMatchObject({
        status: 429,
      });
      const slow = { status: 429, headers: { 'retry-after': '2' } };
      service.simulator.behave(slow);
      const { status, headers: answered } = await caller.post(
        'quickAnswer',
        '{"question":"hello"}',
        headers,
      );
      expect([status, answered.get('retry-after')]).toEqual([429, '2']);
      expect(await caller.post('quickAnswer', '{"question":"hello"}', headers)).toMatchObject({
        status: 429,
      });
      // Two for each of two calls; the third found both keys cooling for too long.
      expect(service.simulator.totalCalls).toBe(4);
      await service.close();
    },
  );

  it('are let through as the keys bear it', async () => {
    const perWindow = 5;
    const windowMs = 150;
    const waiting = 60;
    const windows = new Map<string, { endsAt: number; served: number }>();
    let refusals = 0;
    let isLimited = true;
    const upstream = await startRawUpstream((response, request) => {
      const key = request.headers.authorization ?? '';
      const now = performance.now();
      let window = windows.get(key);
      if (!window || window.endsAt <= now) {
        window = { endsAt: now + windowMs, served: 0 };
        windows.set(key, window);
      }
      if (isLimited || window.served === perWindow) {
        refusals += 1;
        const leftMs = String(Math.ceil(window.endsAt - now));
        response.writeHead(429, {
          'content-type': 'application/json',
          'retry-after-ms': isLimited ? '1000' : leftMs,
        });
        response.end('{"error":{"message":"Slow down."}}');
        return;
      }
      window.served += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`${chunkFrame('a')}data: {"choices":[{"finish_reason":"stop"}]}\n\n`);
    });
    const { service, caller } = await start({
      OPENAI_BASE_URL: upstream.baseUrl,
      KEY_WAIT_MS: '60000',
    });
    const ask = () =>
      caller.post('quickAnswer', '{"question":"hello"}', { accept: 'text/event-stream' });
    expect((await ask()).status).toBe(429);
    isLimited = false;
    refusals = 0;
    const pool = service.app.get(MemoryKeyPool);
    const answers = Array.from({ length: waiting }, ask);
    service.clock.advance(1_000);
    pool.tick();
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
    expect(refusals).toBeLessThan(waiting / 2);
    // A crowd that is let through at once is refused as one, but for those of the first windows.
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(waiting * 0.75);
    await service.close();
    await upstream.close();
  });
});
