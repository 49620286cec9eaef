import { Caller } from '../support/caller.js';
import { startService, type TestService } from '../support/service.js';

const quota = {
  message: 'You exceeded your current quota.',
  type: 'insufficient_quota',
  code: 'insufficient_quota',
};
const good = 'sk-good-0000111122223333';
const bad = 'sk-bad-aaaabbbbccccddddWXYZ';
const refusals = [
  ['401', { status: 401 }],
  ['insufficient_quota', { status: 429, error: quota }],
] as const;
let service: TestService;
let caller: Caller;

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startService({ OPENAI_API_KEYS: `${bad},${good}`, ...variables });
  caller = new Caller(service.url);
}

afterEach(async () => {
  service.simulator.reset();
  await service.close();
});

async function ask(times = 1): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    statuses.push((await caller.post('quickAnswer', '{"question":"hello"}')).status);
  }
  return statuses;
}

describe('a rejected key with AUTO_REMOVE_KEYS=true', () => {
  it.each(refusals)('is not used again: %s', async (_, refusal) => {
    await start();
    service.simulator.behave(refusal, { key: bad });
    expect(await ask(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    service.clock.advance(3_600_000);
    expect(await ask(2)).toEqual([200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
  });

  it.each(refusals)('is named in the log by its last four characters: %s', async (_, refusal) => {
    await start();
    service.simulator.behave(refusal, { key: bad });
    await ask(3);
    const lines = service.log.lines.filter((line) => line.includes('WXYZ'));
    expect(lines).toHaveLength(1);
    expect(service.log.text).not.toContain(bad.slice(-5));
    expect(service.log.text).not.toContain(bad.slice(0, 8));
  });

  it('leaves 503 when it was the last one, without asking the upstream again', async () => {
    await start();
    service.simulator.behave({ status: 401 });
    expect(await ask(1)).toEqual([503]);
    expect(service.simulator.totalCalls).toBe(2);
    const answer = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(answer.status).toBe(503);
    expect(answer.text).toMatch(/key/i);
    expect(service.simulator.totalCalls).toBe(2);
  });

  it('is not removed by 403 or 429', async () => {
    await start({ OPENAI_API_KEYS: bad });
    service.simulator.behave({ status: 403, times: 1 });
    await ask(1);
    expect(await ask(1)).toEqual([200]);
    service.simulator.behave({ status: 429, times: 1 });
    await ask(1);
    service.clock.advance(3_600_000);
    expect(await ask(1)).toEqual([200]);
  });
});

describe('a rejected key with AUTO_REMOVE_KEYS=false', () => {
  it.each(refusals)('is passed over for 60 s and then used again: %s', async (_, refusal) => {
    await start({ AUTO_REMOVE_KEYS: 'false' });
    service.simulator.behave(refusal, { key: bad });
    expect(await ask(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    service.simulator.reset();
    service.clock.advance(55_000);
    await ask(4);
    expect(service.simulator.callsWith(bad)).toBe(0);
    service.clock.advance(6_000);
    await ask(4);
    expect(service.simulator.callsWith(bad)).toBe(2);
  });

  it.each(refusals)('is chosen when no other can serve: %s', async (_, refusal) => {
    await start({ AUTO_REMOVE_KEYS: 'false' });
    service.simulator.behave({ ...refusal, times: 1 }, { key: bad });
    await ask(2);
    service.simulator.behave({ status: 429, headers: { 'retry-after': '30' } }, { key: good });
    expect(await ask(2)).toEqual([200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(3);
  });

  it('is asked again at once when it is the only one', async () => {
    await start({ AUTO_REMOVE_KEYS: 'false', OPENAI_API_KEYS: bad });
    service.simulator.behave({ status: 401, times: 1 });
    expect(await ask(1)).toEqual([503]);
    expect(await ask(1)).toEqual([200]);
  });
});

describe('a rate limit of the upstream', () => {
  it('keeps the key out for as long as the upstream says', async () => {
    await start();
    service.simulator.behave(
      { status: 429, headers: { 'retry-after': '7' }, times: 1 },
      { key: bad },
    );
    expect(await ask(4)).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(1);
    service.clock.advance(5_000);
    await ask(4);
    expect(service.simulator.callsWith(bad)).toBe(1);
    service.clock.advance(2_500);
    await ask(4);
    expect(service.simulator.callsWith(bad)).toBe(3);
  });

  it('of every key is a 429 with the time until the first is free again', async () => {
    await start();
    service.simulator.behave({ status: 429, headers: { 'retry-after': '40' } }, { key: bad });
    service.simulator.behave({ status: 429, headers: { 'retry-after': '20' } }, { key: good });
    const first = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(first).toMatchObject({ status: 429, text: 'Server busy' });
    expect(['19', '20']).toContain(first.headers.get('retry-after'));
    service.clock.advance(15_000);
    const later = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(later.status).toBe(429);
    expect(['4', '5']).toContain(later.headers.get('retry-after'));
    expect(service.simulator.totalCalls).toBe(2);
    service.simulator.reset();
    service.clock.advance(5_100);
    expect(await ask(1)).toEqual([200]);
    expect(service.simulator.callsWith(good)).toBe(1);
  });

  it.each([
    ['no wait', {}],
    ['a wait that is no number', { 'retry-after': 'soon' }],
    ['a negative wait', { 'retry-after': '-5' }],
    ['a wait of years', { 'retry-after': '99999999999' }],
  ])('cools the key also when it gives %s', async (_, headers) => {
    await start({ OPENAI_API_KEYS: good });
    service.simulator.behave({ status: 429, headers, times: 1 });
    const answer = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(answer.status).toBe(429);
    const wait = Number(answer.headers.get('retry-after'));
    expect(wait).toBeGreaterThanOrEqual(1);
    expect(wait).toBeLessThanOrEqual(3_600);
    service.clock.advance(wait * 1_000);
    expect(await ask(1)).toEqual([200]);
  });

  it('is understood as a date', async () => {
    await start({ OPENAI_API_KEYS: good });
    const until = new Date(Date.now() + 30_000).toUTCString();
    service.simulator.behave({ status: 429, headers: { 'retry-after': until }, times: 1 });
    const answer = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(answer.status).toBe(429);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(20);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(30);
  });
});

describe("a 400, the caller's own fault", () => {
  it.each([
    ['Your credit balance is too low for so long a text.', null],
    ['The quota of images in one request is 10.', null],
    ['insufficient_quota', null],
    ['Invalid api key in your tool definition.', null],
    ['Not for you.', 'insufficient_quota'],
    ['Not for you.', 'invalid_api_key'],
  ])('costs no key: %s (code %s)', async (message, code) => {
    await start();
    const error = { message, type: 'invalid_request_error', param: null, code };
    service.simulator.behave({ status: 400, error, times: 4 });
    expect(await ask(4)).toEqual([400, 400, 400, 400]);
    expect(service.simulator.totalCalls).toBe(4);
    expect(await ask(4)).toEqual([200, 200, 200, 200]);
    expect(service.simulator.callsWith(bad)).toBe(4);
    expect(service.simulator.callsWith(good)).toBe(4);
  });
});
