import { readEventStream } from '../support/caller.js';
import { useServices } from '../support/use-service.js';

const models = { GPT3_MODEL: 'model-3', TURBO_MODEL: 'model-turbo', GPT4_MODEL: 'model-4' };

const { service, caller, start } = useServices();

beforeEach(async () => {
  await start({ ...models, REASONING_EFFORT: 'low' });
});

/** The parameters of each call so far: what it asked, apart from model, messages and stream. */
function parametersSent(): string[][] {
  return service.simulator.calls.map(({ body }) =>
    Object.keys(body).filter((name) => !['model', 'messages', 'stream'].includes(name)),
  );
}

describe('a parameter that the model refuses', () => {
  it('max_tokens becomes max_completion_tokens, on the same key', async () => {
    service.simulator.behave({ refuseParameters: ['max_tokens'] });
    expect((await caller.post('summary', 'An article.')).status).toBe(200);
    const [first, second, ...others] = service.simulator.calls;
    expect(others).toEqual([]);
    expect(first?.body['max_tokens']).toBe(2048);
    expect(second?.body['max_completion_tokens']).toBe(2048);
    expect(second?.body).not.toHaveProperty('max_tokens');
    expect(second?.key).toBe(first?.key);
  });

  it('max_tokens is left out when max_completion_tokens is refused too', async () => {
    service.simulator.behave({ refuseParameters: ['max_tokens', 'max_completion_tokens'] });
    expect((await caller.post('summary', 'An article.')).status).toBe(200);
    expect(service.simulator.calls).toHaveLength(3);
    expect(parametersSent()[1]).toContain('max_completion_tokens');
    expect(parametersSent()[2]).not.toContain('max_completion_tokens');
    expect(parametersSent()[2]).not.toContain('max_tokens');
    expect(parametersSent()[2]).toContain('temperature');
  });

  it.each(['temperature', 'top_p', 'frequency_penalty', 'presence_penalty', 'stop'])(
    '%s is left out, alone',
    async (name) => {
      const { text: id } = await caller.post('create', '', { settings: 'FriendChat' });
      service.simulator.behave({ refuseParameters: [name] });
      expect((await caller.chat(id, 'Q')).status).toBe(200);
      const [first = [], second] = parametersSent();
      expect(first).toContain(name);
      expect(second).toEqual(first.filter((other) => other !== name));
      expect(service.simulator.calls).toHaveLength(2);
    },
  );

  it('is remembered for later calls of that model', async () => {
    service.simulator.behave({ refuseParameters: ['max_tokens', 'temperature', 'top_p'] });
    await caller.post('summary', 'An article.');
    const learned = parametersSent().at(-1);
    const callsBefore = service.simulator.totalCalls;
    expect((await caller.post('summary', 'Another.')).status).toBe(200);
    expect(service.simulator.totalCalls).toBe(callsBefore + 1);
    expect(parametersSent().at(-1)).toEqual(learned);
  });

  it('is still sent to other models', async () => {
    service.simulator.behave({ refuseParameters: ['reasoning_effort'] }, { model: 'model-turbo' });
    const question = { question: 'Q' };
    expect((await caller.postJson('quickAnswer', question)).status).toBe(200);
    expect(service.simulator.calls.at(-1)?.body).not.toHaveProperty('reasoning_effort');
    await caller.postJson('quickAnswer', { ...question, convType: 'gpt4' });
    expect(service.simulator.calls.at(-1)?.body).toHaveProperty('reasoning_effort', 'low');
  });

  it('does not break a stream', async () => {
    const { text: id } = await caller.post('create', '', { stream: 'true' });
    service.simulator.behave({
      refuseParameters: ['stream_options', 'presence_penalty'],
      answer: ['a', 'b'],
    });
    const { text } = await caller.chat(id, 'Q');
    expect(readEventStream(text)).toMatchObject({ text: 'ab', done: true, error: null });
    expect(new Set(service.simulator.calls.map(({ key }) => key)).size).toBe(1);
  });

  it('that we did not add is the answer to the caller, asked once', async () => {
    service.simulator.behave({ refuseParameters: ['messages'] });
    const answer = await caller.post('summary', 'An article.');
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("'messages' is not supported");
    expect(service.simulator.calls).toHaveLength(1);
  });

  it('costs no key: both keys serve afterwards', async () => {
    service.simulator.behave({ refuseParameters: ['temperature'], times: 1 });
    for (let call = 0; call < 4; call += 1) await caller.post('summary', 'An article.');
    expect(service.simulator.callsWith('sk-test-1')).toBeGreaterThanOrEqual(2);
    expect(service.simulator.callsWith('sk-test-2')).toBeGreaterThanOrEqual(2);
  });
});
