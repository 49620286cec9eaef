import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { KeyPool } from '../../src/keys/key-pool.js';
import { MemoryKeyPool } from '../../src/keys/memory.key-pool.js';
import { adminVariables, Operator } from '../support/admin.js';
import { type Answer, readEventStream } from '../support/caller.js';
import { until } from '../support/until.js';
import { useService, useServices } from '../support/use-service.js';

const quota = {
  message: 'You exceeded your current quota.',
  type: 'insufficient_quota',
  code: 'insufficient_quota',
};
const forbidden = { message: 'You may not use this model.', code: null, type: null };
const good = 'sk-good-0000111122223333';
const bad = 'sk-bad-aaaabbbbccccddddWXYZ';
const streamed = { accept: 'text/event-stream' };
const hourMs = 3_600_000;
/** The service of most tests, whose keys are new for each of them. */
const shared = useService({ OPENAI_API_KEYS: '', ...adminVariables });
const ofShared = new Operator(shared.service);
let { service, caller } = shared;
let operator = ofShared;
/** Of a test that needs other settings. */
const { start } = useServices({ OPENAI_API_KEYS: `${bad},${good}`, ...adminVariables });

beforeEach(() => useKeys(bad, good));
afterEach(() => {
  ({ service, caller } = shared);
  operator = ofShared;
});

/** Gives the shared service these keys in place of the last test's, whose limits are long over. */
async function useKeys(...secrets: string[]): Promise<void> {
  service.clock.advance(hourMs);
  for (const { id } of await operator.list()) await operator.call('DELETE', `/${id}`);
  for (const secret of secrets) await operator.add(secret);
  service.simulator.reset();
  service.log.lines.length = 0;
}

async function startOwn(variables: Record<string, string>): Promise<void> {
  ({ service, caller } = await start(variables));
  operator = new Operator(service);
}

let asked = 0;

/** Asks so many questions, none of them twice; each answer. */
async function answers(times: number, convType = 'turbo') {
  const all = [];
  for (let time = 0; time < times; time += 1) {
    asked += 1;
    const question = `hello ${asked}`;
    all.push(await caller.post('quickAnswer', JSON.stringify({ question, convType })));
  }
  return all;
}

async function ask(times = 1, convType = 'turbo'): Promise<number[]> {
  return (await answers(times, convType)).map(({ status }) => status);
}

describe('a rejected key', () => {
  it.each<[string, Behaviour]>([
    ['401', { status: 401 }],
    ['invalid_api_key', { status: 403, error: { message: 'x', code: 'invalid_api_key' } }],
    ['account_deactivated', { status: 401, error: { message: 'x', code: 'account_deactivated' } }],
  ])('is invalid and not asked again, and no caller notices: %s', async (_, refusal) => {
    service.simulator.behave(refusal, { key: bad });
    expect(await ask(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    expect(await operator.key('WXYZ')).toMatchObject({ state: 'invalid', reason: 'rejected' });
    service.clock.advance(hourMs);
    expect(await ask(2)).toEqual([200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
  });

  it('is chosen last for a minute with AUTO_REMOVE_KEYS=false', async () => {
    await startOwn({ AUTO_REMOVE_KEYS: 'false' });
    service.simulator.behave({ status: 401, times: 1 }, { key: bad });
    expect(await ask(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    expect(await operator.key('WXYZ')).toMatchObject({ state: 'cooling', reason: 'rejected' });
    const limit = { status: 429, headers: { 'retry-after': '300' } };
    service.simulator.behave(limit, { key: good });
    expect(await ask(2)).toEqual([200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(3);
  });

  it('is told to the log as one line, by its fingerprint', async () => {
    service.simulator.behave({ status: 401 }, { key: bad });
    await ask(3);
    const lines = service.log.lines.filter((line) => line.includes('"key.state"'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/"fingerprint":"[0-9a-f]{12}"/);
    expect(lines[0]).toMatch(/"from":"active","to":"invalid","reason":"rejected"/);
    expect(lines[0]).toMatch(/"until":"\d{4}-/);
    expect(service.log.text).not.toContain('WXYZ');
  });

  it('is not marked when every key is told the same: that is a 502', async () => {
    await useKeys('sk-one-0001', 'sk-two-0002', 'sk-three-0003');
    service.simulator.behave({ status: 401 });
    const [first, second] = await answers(2);
    expect([first!.status, second!.status]).toEqual([502, 502]);
    expect(first!.text).toMatch(/API key/);
    expect(service.simulator.totalCalls).toBe(6);
    expect(Object.values(await operator.states())).toEqual(['active', 'active', 'active']);
    service.simulator.reset();
    expect(await ask(3)).toEqual([200, 200, 200]);
  });
});

describe('a forbidden model', () => {
  const refusal: Behaviour = { status: 403, error: forbidden };

  it('suspends the key for that model only', async () => {
    service.simulator.behave(refusal, { key: bad, model: 'gpt-6-sol' });
    expect(await ask(4, 'gpt4')).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    expect(await ask(4, 'turbo')).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(3);
    expect(await operator.key('WXYZ')).toMatchObject({
      state: 'active',
      models: [{ model: 'gpt-6-sol', state: 'suspended' }],
    });
  });

  it('suspends the key for all when it repeats on another model', async () => {
    service.simulator.behave(refusal, { key: bad });
    await ask(2, 'gpt4');
    await ask(2, 'turbo');
    expect(await operator.key('WXYZ')).toMatchObject({ state: 'suspended', reason: 'forbidden' });
    expect(service.simulator.callsWith(bad)).toBe(2);
  });

  it('is a 400 with the reason when every key says so, and costs none', async () => {
    service.simulator.behave(refusal, { model: 'gpt-6-sol' });
    const [first, second] = await answers(2, 'gpt4');
    expect([first!.status, second!.status]).toEqual([400, 400]);
    expect(first!.text).toContain(forbidden.message);
    expect(service.simulator.totalCalls).toBe(4);
    expect(await operator.key('WXYZ')).toMatchObject({ state: 'active', models: [] });
    service.simulator.reset();
    expect(await ask(1, 'gpt4')).toEqual([200]);
  });

  it('costs no key when it is the address that may not: a 502, at once', async () => {
    service.simulator.behave({ status: 403 });
    expect(await ask(2)).toEqual([502, 502]);
    expect(service.simulator.totalCalls).toBe(2);
    service.simulator.reset();
    expect(await ask(2)).toEqual([200, 200]);
    expect(await operator.states()).toEqual({ WXYZ: 'active', '3333': 'active' });
  });
});

describe('an exhausted key', () => {
  it.each<[string, Behaviour]>([
    ['insufficient_quota', { status: 429, error: quota }],
    ['as type only', { status: 429, error: { ...quota, code: null } }],
    ['billing_*', { status: 429, error: { message: 'x', code: 'billing_hard_limit_reached' } }],
    ['in an answer with status 200', { rawBody: JSON.stringify({ error: quota }) }],
  ])('is not asked again: %s', async (_, refusal) => {
    service.simulator.behave(refusal, { key: bad });
    expect(await ask(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    expect(await operator.key('WXYZ')).toMatchObject({ state: 'exhausted' });
  });

  it('leaves 503 when it was the last one', async () => {
    service.simulator.behave({ status: 429, error: quota }, { key: bad });
    expect(await ask(2)).toEqual([200, 200]);
    service.simulator.behave({ status: 429, error: quota });
    expect(await ask(3)).toEqual([503, 503, 503]);
    expect(service.simulator.callsWith(good)).toBe(3);
  });

  it('is none before a minute without an answer when all are told the same', async () => {
    service.simulator.behave({ status: 429, error: quota });
    expect(await ask(3)).toEqual([503, 503, 503]);
    expect(await operator.states()).toEqual({ WXYZ: 'active', '3333': 'active' });
    service.clock.advance(60_000);
    expect(await ask(3)).toEqual([503, 503, 503]);
    expect(await operator.states()).toEqual({ WXYZ: 'exhausted', '3333': 'exhausted' });
    expect(service.simulator.totalCalls).toBe(8);
  });
});

describe('a rate limited key', () => {
  it('is passed over for as long as the upstream says', async () => {
    const headers = { 'retry-after': '7', 'x-ratelimit-reset-tokens': '9s' };
    service.simulator.behave({ status: 429, headers, times: 1 }, { key: bad });
    expect(await ask(4)).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    service.clock.advance(5_000);
    await ask(2);
    expect(service.simulator.callsWith(bad)).toBe(1);
    service.clock.advance(2_000);
    await ask(2);
    expect(service.simulator.callsWith(bad)).toBe(2);
  });

  /** The Retry-After is so long, less what the test took. */
  function expectSeconds({ headers }: Answer, seconds: number): void {
    const retryAfter = Number(headers.get('retry-after'));
    expect(retryAfter).toBeLessThanOrEqual(seconds);
    expect(retryAfter).toBeGreaterThan(seconds - 9);
  }

  it('of all is a 429 with the true time when that is too long to wait', async () => {
    await startOwn({ KEY_WAIT_MS: '1000' });
    service.simulator.behave({ status: 429, headers: { 'retry-after': '40' } }, { key: bad });
    service.simulator.behave({ status: 429, headers: { 'retry-after': '20' } }, { key: good });
    const [first] = await answers(1);
    expect(first).toMatchObject({ status: 429, text: 'Server busy' });
    expectSeconds(first!, 20);
    service.clock.advance(10_000);
    const [later] = await answers(1);
    expect(later!.status).toBe(429);
    expectSeconds(later!, 10);
    expect(service.simulator.totalCalls).toBe(2);
  });

  it('is waited for when KEY_WAIT_MS is long enough', async () => {
    await startOwn({ UPSTREAM_CALL_TIMEOUT_MS: '600000', KEY_WAIT_MS: '120000' });
    service.simulator.behave({ status: 429, headers: { 'retry-after': '60' } });
    expect(await ask(1)).toEqual([429]);
    service.simulator.reset();
    const waiting = Promise.all([ask(1), ask(1)]);
    await waitForWaiters();
    expect(service.simulator.totalCalls).toBe(0);
    service.clock.advance(60_000);
    service.app.get(MemoryKeyPool).tick();
    expect(await waiting).toEqual([[200], [200]]);
  });

  it('is waited for no longer than the caller is there', async () => {
    await startOwn({ UPSTREAM_CALL_TIMEOUT_MS: '600000', KEY_WAIT_MS: '120000' });
    service.simulator.behave({ status: 429, headers: { 'retry-after': '60' } });
    await ask(1);
    const abort = new AbortController();
    const call = caller.open('quickAnswer', '{"question":"hello"}', {}, abort.signal);
    const { ended } = await waitForWaiters();
    abort.abort();
    await expect(call).rejects.toThrow();
    await ended;
    service.simulator.reset();
    service.clock.advance(60_000);
    expect(await ask(1)).toEqual([200]);
    expect(service.simulator.totalCalls).toBe(1);
  });

  /** Until a call has begun to wait. @returns with `ended`, which resolves when it waits no more */
  function waitForWaiters(): Promise<{ ended: Promise<unknown> }> {
    const pool = service.app.get(KeyPool);
    return new Promise((resolve) => {
      const wait = pool.wait.bind(pool);
      jest.spyOn(pool, 'wait').mockImplementation((call, longestMs, signal) => {
        const ended = wait(call, longestMs, signal);
        resolve({ ended });
        return ended;
      });
    });
  }
});

describe('keys that are limited together', () => {
  it('cool together, and the others are not asked', () =>
    service.clock.standingStill(async () => {
      const keys = ['1', '2', '3', '4', '5', '6'].map((digit) => `sk-together-000${digit}`);
      await useKeys(...keys);
      const limit = { status: 429, headers: { 'retry-after': '30' } };
      service.simulator.behave({ ...limit, holdBeforeAnswer: true });
      const calls = Promise.all([ask(1), ask(1), ask(1)]);
      await service.simulator.waitForCalls(3);
      service.simulator.behave(limit);
      service.simulator.release();
      expect(await calls).toEqual([[429], [429], [429]]);
      // Two calls may have gone on to another key before the third heard of its limit.
      const calledBefore = service.simulator.totalCalls;
      expect(calledBefore).toBeLessThanOrEqual(5);
      expect(await ask(2)).toEqual([429, 429]);
      expect(service.simulator.totalCalls).toBe(calledBefore);
      service.simulator.reset();
      service.clock.advance(30_000);
      expect(await ask(6)).toEqual([200, 200, 200, 200, 200, 200]);
    }));
});

describe('a model that is not found', () => {
  it('is asked for with the next key when it is configured, and not for a while with this one', async () => {
    service.simulator.behave({ status: 404 }, { key: bad });
    expect(await ask(4)).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    expect(await operator.key('WXYZ')).toMatchObject({
      state: 'active',
      models: [{ model: 'gpt-6-luna', state: 'cooling' }],
    });
    service.clock.advance(60_000);
    await ask(2);
    expect(service.simulator.callsWith(bad)).toBe(2);
  });
});

describe("a fault of the caller's own", () => {
  it.each([
    [400, 'Your credit balance is too low for so long a text.', null],
    [400, 'insufficient_quota', null],
    [400, 'Not for you.', 'insufficient_quota'],
    [400, 'Not for you.', 'invalid_api_key'],
    [400, 'Too long.', 'context_length_exceeded'],
    [400, 'Not nice.', 'content_policy_violation'],
    [413, 'Too large.', null],
    [422, 'Not understood.', null],
  ])('costs no key: %i %s (code %s)', async (status, message, code) => {
    const error = { message, type: 'invalid_request_error', param: null, code };
    service.simulator.behave({ status, error, times: 4 });
    const refused = await answers(4);
    expect(refused.map((answer) => answer.status)).toEqual([400, 400, 400, 400]);
    expect(refused[0]!.text).toContain(message);
    expect(service.simulator.totalCalls).toBe(4);
    expect(await operator.states()).toEqual({ WXYZ: 'active', '3333': 'active' });
    expect(await ask(4)).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(4);
  });
});

describe('what fails after the first piece', () => {
  it.each<[string, Behaviour]>([
    ['it is cut off', { answer: ['a', 'b'], cutAfterPieces: 1 }],
    ['it is an error', { answer: ['a', 'b'], errorAfterPieces: 1, error: quota }],
    ['it is broken', { answer: ['a', 'b'], malformedAfterPieces: 1 }],
  ])('is an error event, counted and no more: %s', async (_, behaviour) => {
    await useKeys(bad);
    service.simulator.behave(behaviour);
    const { text } = await caller.post('quickAnswer', '{"question":"hello"}', streamed);
    expect(readEventStream(text)).toMatchObject({ text: 'a', done: false });
    expect(readEventStream(text).error).not.toBeNull();
    expect(service.simulator.totalCalls).toBe(1);
    // The caller may have the error before the key has it.
    await until('the call is counted', async () => (await operator.key('WXYZ')).calls > 0);
    expect(await operator.key('WXYZ')).toMatchObject({ state: 'active', calls: 1, failures: 1 });
  });
});

describe('an upstream that only fails', () => {
  it('is retried for fewer than a fifth of the calls, and then left alone for a while', async () => {
    service.simulator.behave({ status: 500 });
    const statuses = await ask(100);
    expect(new Set(statuses)).toEqual(new Set([502]));
    expect(service.simulator.totalCalls).toBeLessThan(120);
    const [refused] = await answers(1);
    expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    const asked = service.simulator.totalCalls;
    // Somebody sets the clock back: that is no time for the breaker.
    service.clock.setBy(-hourMs);
    service.clock.advance(5_000);
    expect(await ask(3)).toEqual([502, 502, 502]);
    expect(service.simulator.totalCalls - asked).toBe(1);
    service.clock.setBy(hourMs);
    service.simulator.reset();
    service.clock.advance(5_000);
    expect(await ask(5)).toEqual([200, 200, 200, 200, 200]);
    expect(await operator.states()).toEqual({ WXYZ: 'active', '3333': 'active' });
  });
});

describe("one caller's requests that the upstream cannot bear", () => {
  it('shut it for nobody who is served in between', async () => {
    service.simulator.behave({ status: 500 }, { model: 'gpt-6-sol' });
    for (let round = 0; round < 3; round += 1) {
      expect(new Set(await ask(15, 'gpt4'))).toEqual(new Set([502]));
      expect(await ask(1)).toEqual([200]);
    }
  });
});

describe("the upstream's own name of a call", () => {
  it.each<[string, Behaviour]>([
    ['a fault', { status: 500 }],
    ['a refused key', { status: 429 }],
    ['an error with status 200', { rawBody: '{"error":{"message":"no"}}' }],
  ])('is in our log after %s', async (_, behaviour) => {
    service.simulator.behave({ ...behaviour, headers: { 'x-request-id': 'req_of-upstream' } });
    await ask(1);
    expect(service.log.text).toContain('"upstreamRequestId":"req_of-upstream"');
  });
});
