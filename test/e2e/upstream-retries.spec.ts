import { readEventStream } from '../support/caller.js';
import {
  conversationWithOneTurn,
  expectUntouched,
  oneTurn,
} from '../support/conversation-check.js';
import { useService } from '../support/use-service.js';
import type { Behaviour } from '../../tools/simulator/behaviour.js';

let id: string;

const streamed = { accept: 'text/event-stream' };
const transient: [string, Behaviour][] = [
  ['status 500', { status: 500 }],
  ['status 502', { status: 502 }],
  ['status 503', { status: 503 }],
  ['a reset connection', { resetConnection: true }],
];

describe('a fault before the answer', () => {
  const { service, caller } = useService({ OPENAI_API_KEYS: 'sk-one,sk-two,sk-three' });

  beforeEach(async () => {
    // Every key serves, whatever it did in the test before.
    service.clock.advance(60_000);
    for (let call = 0; call < 9; call += 1) await caller.post('summary', 'An article.');
    id = await conversationWithOneTurn(service, caller);
  });

  function keys(): string[] {
    return service.simulator.calls.map(({ key }) => key);
  }

  it.each(transient)('is tried again on another key: %s', async (_, fault) => {
    service.simulator.behave({ ...fault, times: 1 });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'You said: hello' });
    expect(keys()).toHaveLength(2);
    expect(new Set(keys()).size).toBe(2);
    expect(await caller.sentences(id)).toEqual([...oneTurn, 'hello', 'You said: hello']);
  });

  it.each(transient)('is tried again for a stream: %s', async (_, fault) => {
    service.simulator.behave({ ...fault, times: 2 });
    const answer = await caller.chat(id, 'hello', streamed);
    expect(answer.status).toBe(200);
    expect(readEventStream(answer.text)).toMatchObject({ text: 'You said: hello', done: true });
    expect(new Set(keys()).size).toBe(3);
  });

  it.each(transient)('is given up after three attempts, with 502: %s', async (_, fault) => {
    service.simulator.behave(fault);
    const answer = await caller.chat(id, 'hello');
    expect(answer.status).toBe(502);
    expect(answer.text).toMatch(/\w+ \w+/);
    expect(new Set(keys()).size).toBe(3);
    expect(service.simulator.totalCalls).toBe(3);
    await expectUntouched(service, caller, id);
  });

  it.each(transient)('has its own status when a stream has not begun: %s', async (_, fault) => {
    service.simulator.behave(fault);
    const answer = await caller.chat(id, 'hello', streamed);
    expect(answer.status).toBe(502);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(service.simulator.totalCalls).toBe(3);
    await expectUntouched(service, caller, id);
  });

  it('of one kind after another counts as one', async () => {
    service.simulator.behave({ status: 503, times: 1 });
    service.simulator.behave({ resetConnection: true, times: 1 });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200 });
    expect(service.simulator.totalCalls).toBe(3);
  });

  it.each([
    ['regenerate', { path: 'regenerate', body: '' }],
    ['quickAnswer', { path: 'quickAnswer', body: '{"question":"hello"}' }],
    ['summary', { path: 'summary', body: 'An article.' }],
  ])('is tried again in %s too, and given up with 502', async (_, { path, body }) => {
    service.simulator.behave({ status: 500, times: 2 });
    expect(await caller.post(path, body, { conversation: id })).toMatchObject({ status: 200 });
    service.simulator.reset();
    service.simulator.behave({ status: 500 });
    expect(await caller.post(path, body, { conversation: id })).toMatchObject({ status: 502 });
    expect(service.simulator.totalCalls).toBe(3);
    expect(await caller.sentences(id)).toEqual(oneTurn);
  });

  it('costs no key its place', async () => {
    service.simulator.behave({ status: 500 });
    await caller.chat(id, 'hello');
    service.simulator.reset();
    for (let call = 0; call < 3; call += 1) {
      await caller.post('quickAnswer', '{"question":"hello"}');
    }
    expect(new Set(keys()).size).toBe(3);
  });
});

describe('with a single key', () => {
  const { service, caller } = useService({ OPENAI_API_KEYS: 'sk-only' });

  beforeEach(async () => {
    id = await conversationWithOneTurn(service, caller);
  });

  it.each(transient)('a fault before the answer is tried again on it: %s', async (_, fault) => {
    service.simulator.behave({ ...fault, times: 2 });
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200 });
    expect(service.simulator.callsWith('sk-only')).toBe(3);
  });

  it('a request that fails however often it is sent does not shut out others', () =>
    service.clock.standingStill(async () => {
      service.simulator.behave({ status: 500 });
      for (let time = 0; time < 25; time += 1) {
        expect((await caller.chat(id, 'poison')).status).toBe(502);
      }
      service.simulator.reset();
      expect((await caller.chat(id, 'hello')).status).toBe(200);
    }));

  it('twenty different requests that fail leave the upstream alone for 5 seconds', () =>
    service.clock.standingStill(async () => {
      service.simulator.behave({ status: 500 });
      for (let time = 0; time < 20; time += 1) {
        const { text } = await caller.chat(id, `question ${time}`);
        expect(text).toBe('The model service failed, please try again');
      }
      service.simulator.reset();
      const { status, text, headers } = await caller.chat(id, 'hello');
      expect([status, headers.get('retry-after')]).toEqual([502, '5']);
      expect(text).toBe('The model service is failing, please try again later');
      expect(service.simulator.totalCalls).toBe(0);
      service.clock.advance(5_000);
      expect((await caller.chat(id, 'hello')).status).toBe(200);
    }));
});
