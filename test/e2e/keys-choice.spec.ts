import { readEventStream } from '../support/caller.js';
import { useServices } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const quota = {
  message: 'You exceeded your current quota, please check your plan and billing details. For more…',
  type: 'insufficient_quota',
  code: 'insufficient_quota',
};

const { service, caller, start } = useServices({
  OPENAI_API_KEYS: 'sk-aaaa-1111,sk-bbbb-2222,sk-cccc-3333',
});

/** Asks so often. @returns the statuses */
async function ask(times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let time = 0; time < times; time += 1) {
    statuses.push((await caller.post('quickAnswer', '{"question":"hello"}')).status);
  }
  return statuses;
}

function keysUsed(): string[] {
  return service.simulator.calls.map(({ key }) => key);
}

describe('several keys', () => {
  it('are used in turn', async () => {
    await start();
    await ask(6);
    const [first, second, third] = keysUsed();
    expect(new Set([first, second, third]).size).toBe(3);
    expect(keysUsed()).toEqual([first, second, third, first, second, third]);
  });

  it('are used in turn by simultaneous calls too, each with a key of its own', async () => {
    await start();
    service.simulator.behave({ holdBeforeAnswer: true });
    const answers = Array.from({ length: 30 }, () => ask(1));
    await service.simulator.waitForCalls(30);
    service.simulator.release();
    await Promise.all(answers);
    for (const key of new Set(keysUsed())) expect(service.simulator.callsWith(key)).toBe(10);
  });

  it.each([
    ['OPENAI_API_KEYS with commas', { OPENAI_API_KEYS: 'sk-1,sk-2,sk-3' }],
    ['OPENAI_API_KEYS with white space', { OPENAI_API_KEYS: ' sk-1  sk-2\tsk-3\n' }],
    ['both variables', { OPENAI_API_KEYS: 'sk-1,sk-2', OPENAI_API_KEY: 'sk-3' }],
    ['a key that is there twice', { OPENAI_API_KEYS: 'sk-1,sk-2,sk-1', OPENAI_API_KEY: 'sk-3' }],
  ])('come from %s', async (_, variables) => {
    await start({ OPENAI_API_KEY: '', ...variables });
    await ask(6);
    expect([...keysUsed()].sort()).toEqual(['sk-1', 'sk-1', 'sk-2', 'sk-2', 'sk-3', 'sk-3']);
  });
});

describe('a conversation', () => {
  it('prefers one key, goes to another one while that is out, and comes back', async () => {
    await start({ OPENAI_API_KEYS: 'sk-1,sk-2,sk-3,sk-4,sk-5,sk-6,sk-7,sk-8' });
    const id = await caller.create();
    for (let turn = 0; turn < 4; turn += 1) await caller.chat(id, 'hello');
    expect(new Set(keysUsed()).size).toBe(1);
    const own = keysUsed()[0]!;
    service.simulator.behave(
      { status: 429, headers: { 'retry-after': '10' }, times: 1 },
      { key: own },
    );
    for (let turn = 0; turn < 3; turn += 1) await caller.chat(id, 'hello');
    const others = keysUsed().slice(5);
    expect(new Set(others).size).toBe(1);
    expect(others).not.toContain(own);
    service.clock.advance(10_000);
    await caller.chat(id, 'hello');
    expect(keysUsed().at(-1)).toBe(own);
  });

  it('shares the keys with others', async () => {
    await start({ OPENAI_API_KEYS: 'sk-1,sk-2,sk-3' });
    for (let index = 0; index < 30; index += 1) await caller.chat(await caller.create(), 'hello');
    expect(new Set(keysUsed()).size).toBe(3);
  });
});

describe('a call whose key is refused', () => {
  it.each([
    ['401', { status: 401 }],
    ['403', { status: 403, error: { message: 'Not this model.', code: null } }],
    ['404', { status: 404 }],
    ['429', { status: 429 }],
    ['insufficient_quota', { status: 429, error: quota }],
  ])('moves on until a key serves: %s', async (_, refusal) => {
    await start();
    service.simulator.behave(refusal, { key: 'sk-aaaa-1111' });
    service.simulator.behave(refusal, { key: 'sk-bbbb-2222' });
    expect(await ask(3)).toEqual([200, 200, 200]);
    expect(service.simulator.callsWith('sk-cccc-3333')).toBe(3);
  });

  it('moves on for a stream too, which shows nothing of it', async () => {
    await start();
    service.simulator.behave({ status: 401, times: 1 });
    service.simulator.behave({ status: 429, times: 1 });
    const id = await caller.create();
    const answer = await caller.chat(id, 'hello', streamed);
    expect(readEventStream(answer.text)).toMatchObject({ text: 'You said: hello', done: true });
    expect(new Set(keysUsed()).size).toBe(3);
  });

  it('moves on through more keys than a fault has attempts', async () => {
    await start({ OPENAI_API_KEYS: 'sk-1,sk-2,sk-3,sk-4,sk-5,sk-6' });
    service.simulator.behave({ status: 401, times: 5 });
    expect(await ask(1)).toEqual([200]);
    expect(new Set(keysUsed()).size).toBe(6);
  });

  it('counts faults and refusals apart', async () => {
    await start({ OPENAI_API_KEYS: 'sk-1,sk-2,sk-3,sk-4,sk-5' });
    service.simulator.behave({ status: 401, times: 2 });
    service.simulator.behave({ status: 500, times: 2 });
    expect(await ask(1)).toEqual([200]);
  });

  it('is tried no key twice when all refuse', async () => {
    await start();
    service.simulator.behave({ status: 403, error: { message: 'Not this model.', code: null } });
    const [status] = await ask(1);
    expect(status).toBe(400);
    expect(service.simulator.totalCalls).toBe(3);
  });
});

describe('the lack of a key', () => {
  it('is a 503 that names how to add one, and stops nothing else', async () => {
    await start({ OPENAI_API_KEYS: '' });
    const id = await caller.create();
    const answer = await caller.chat(id, 'hello');
    expect(answer.status).toBe(503);
    expect(answer.text).toContain('OPENAI_API_KEYS');
    expect(answer.text).toContain('key.txt');
    expect(await caller.sentences(id)).toEqual([]);
    expect(await caller.chat(id, 'hello', streamed)).toMatchObject({ status: 503 });
    const said = service.log.lines.filter((line) => line.includes('OPENAI_API_KEYS'));
    expect(said).toHaveLength(1);
    expect(service.simulator.totalCalls).toBe(0);
  });
});
