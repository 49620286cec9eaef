import { rolePlay } from '../factories/original-texts.js';
import type { Answer, Caller } from '../support/caller.js';
import type { TestService } from '../support/service.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();

const minuteMs = 60_000;

const modelCalls: [path: string, body: string][] = [
  ['chat', 'Q'],
  ['regenerate', ''],
  ['quickAnswer', '{"question":"Q"}'],
  ['summary', 'An article.'],
];

/** A conversation with one turn, so that every model call has something to do. */
async function begin(caller: Caller): Promise<{ conversation: string }> {
  const conversation = await caller.create();
  await caller.chat(conversation, 'Q');
  return { conversation };
}

function expectLimited(answer: Answer): number {
  expect(answer).toMatchObject({ status: 429, text: 'Server busy' });
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  const retryAfter = Number(answer.headers.get('retry-after'));
  expect(Number.isInteger(retryAfter)).toBe(true);
  expect(retryAfter).toBeGreaterThan(0);
  expect(retryAfter).toBeLessThanOrEqual(60);
  return retryAfter;
}

describe('RATE_LIMIT_PER_MINUTE', () => {
  it('is one counter for everything that calls a model', async () => {
    const { service, caller } = await start({ RATE_LIMIT_PER_MINUTE: '5' });
    const headers = await begin(caller);
    for (const [path, body] of modelCalls) {
      expect((await caller.post(path, body, headers)).status).toBe(200);
    }
    const callsBefore = service.simulator.totalCalls;
    const said = await caller.sentences(headers.conversation);
    for (const [path, body] of modelCalls) {
      expectLimited(await caller.post(path, body, headers));
    }
    expect(service.simulator.totalCalls).toBe(callsBefore);
    expect(await caller.sentences(headers.conversation)).toEqual(said);
  });

  it('does not count what calls no model', async () => {
    const { caller } = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    const headers = await begin(caller);
    expectLimited(await caller.chat(headers.conversation, 'Q'));
    for (const path of ['context', 'contextArray', 'store', 'rollback', 'finish']) {
      expect((await caller.post(path, '', headers)).status).toBe(200);
    }
    for (const path of ['create', 'createTurbo', 'createGPT4']) {
      expect((await caller.post(path)).status).toBe(200);
    }
    expect((await caller.postJson('createRolePlay', rolePlay)).status).toBe(200);
    expect((await caller.get('/health/ready')).status).toBe(200);
    const share = `/chatgpt/share/${headers.conversation}`;
    expect((await caller.get(share)).status).toBe(200);
  });

  it('counts calls that answer in a stream', async () => {
    const { caller } = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    const accept = { accept: 'text/event-stream' };
    expect((await caller.post('chat', 'Q', accept)).status).toBe(200);
    expectLimited(await caller.post('chat', 'Q', accept));
  });

  it('says truly when the next call will pass', async () => {
    const {
      service: { clock },
      caller,
    } = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    await caller.post('chat', 'Q');
    clock.advance(20_000);
    const retryAfter = expectLimited(await caller.post('chat', 'Q'));
    clock.advance((retryAfter - 10) * 1_000);
    expectLimited(await caller.post('chat', 'Q'));
    clock.advance(10_000);
    expect((await caller.post('chat', 'Q')).status).toBe(200);
    expectLimited(await caller.post('chat', 'Q'));
  });

  it('is a window that slides', async () => {
    const {
      service: { clock },
      caller,
    } = await start({ RATE_LIMIT_PER_MINUTE: '2' });
    const pass = async () => (await caller.post('chat', 'Q')).status === 200;
    expect(await pass()).toBe(true);
    clock.advance(minuteMs / 2);
    expect(await pass()).toBe(true);
    expect(await pass()).toBe(false);
    clock.advance(minuteMs / 2);
    expect(await pass()).toBe(true);
    expect(await pass()).toBe(false);
    clock.advance(minuteMs / 2);
    expect(await pass()).toBe(true);
    expect(await pass()).toBe(false);
  });

  it('does not shut out a caller who keeps knocking', async () => {
    const {
      service: { clock },
      caller,
    } = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    await caller.post('chat', 'Q');
    for (let knock = 0; knock < 5; knock += 1) {
      clock.advance(10_000);
      expectLimited(await caller.post('chat', 'Q'));
    }
    clock.advance(10_000);
    expect((await caller.post('chat', 'Q')).status).toBe(200);
  });

  it('holds for callers at once', async () => {
    const { service, caller } = await start({ RATE_LIMIT_PER_MINUTE: '7' });
    const calls = Array.from({ length: 20 }, () => caller.post('chat', 'Q'));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(7);
    expect(statuses.filter((status) => status === 429)).toHaveLength(13);
    expect(service.simulator.totalCalls).toBe(7);
  });

  it('0 is no limit', async () => {
    const { caller } = await start({ RATE_LIMIT_PER_MINUTE: '0' });
    const statuses = new Set<number>();
    for (let round = 0; round < 11; round += 1) {
      const calls = Array.from({ length: 50 }, () => caller.post('chat', ''));
      for (const { status } of await Promise.all(calls)) statuses.add(status);
    }
    expect([...statuses]).toEqual([400]);
  });
});

describe('MAX_RUNNING_CALLS', () => {
  /** Starts two calls that the upstream holds. */
  async function startTwo({ simulator }: TestService, caller: Caller): Promise<Promise<Answer>[]> {
    simulator.behave({ holdBeforeAnswer: true, times: 2 });
    const running = [caller.post('chat', 'Q'), caller.post('summary', 'An article.')];
    await simulator.waitForCalls(2);
    return running;
  }

  it.each(modelCalls)('beyond it %s is 503 with Retry-After', async (path, body) => {
    const { service, caller } = await start({ MAX_RUNNING_CALLS: '2' });
    const headers = await begin(caller);
    service.simulator.reset();
    const running = await startTwo(service, caller);
    const answer = await caller.post(path, body, headers);
    expect(answer).toMatchObject({ status: 503, text: 'Server busy' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(service.simulator.totalCalls).toBe(2);
    service.simulator.release();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await caller.post(path, body, headers)).status).toBe(200);
  });

  it('does not hinder what calls no model', async () => {
    const { service, caller } = await start({ MAX_RUNNING_CALLS: '2' });
    const running = await startTwo(service, caller);
    const id = await caller.create();
    expect(await caller.sentences(id)).toEqual([]);
    service.simulator.release();
    await Promise.all(running);
  });

  it('is free again after calls that failed or were refused', async () => {
    const { service, caller } = await start({ MAX_RUNNING_CALLS: '1' });
    service.simulator.behave({ status: 400 });
    for (const body of ['', 'Q', '', 'Q']) {
      expect((await caller.post('chat', body)).status).toBe(400);
    }
    expect((await caller.chat('unknown', 'Q')).status).toBe(404);
    service.simulator.reset();
    expect((await caller.post('chat', 'Q')).status).toBe(200);
  });
});
