import { ask, look, plainTextOf } from './simulator-client.js';
import { startSimulator } from './simulator.js';
import type { Simulator } from './simulator.js';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterEach(() => {
  simulator.reset();
});

afterAll(() => simulator.close());

describe('the routes', () => {
  it('answer a chat completion with all its fields', async () => {
    const messages = [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: '困的时候可以睡觉吗' },
    ];
    const response = await ask(simulator, { messages });
    expect(response.status).toBe(200);
    expect(response.headers.get('x-request-id')).toMatch(/^req_/);
    expect(await response.json()).toEqual({
      id: expect.stringMatching(/^chatcmpl-/) as string,
      object: 'chat.completion',
      created: expect.any(Number) as number,
      model: 'gpt-6-luna',
      service_tier: 'default',
      system_fingerprint: 'fp_simulator',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'You said: 困的时候可以睡觉吗',
            refusal: null,
            annotations: [],
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: expect.objectContaining({
        prompt_tokens: 5,
        completion_tokens: 5,
        total_tokens: 10,
      }) as object,
    });
  });

  it('answer a completion with all its fields', async () => {
    const response = await ask(
      simulator,
      { prompt: 'ignored\nHow are you?' },
      { path: '/completions' },
    );
    expect(await response.json()).toMatchObject({
      id: expect.stringMatching(/^cmpl-/) as string,
      object: 'text_completion',
      model: 'gpt-6-luna',
      choices: [
        { text: 'You said: How are you?', index: 0, logprobs: null, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 5 },
    });
  });

  it('list the models, and show one', async () => {
    const list: unknown = await (await look(simulator, '/models')).json();
    expect(list).toMatchObject({
      object: 'list',
      data: [
        { id: 'gpt-6-luna', object: 'model', owned_by: 'system', shutdown_date: null },
        { id: 'gpt-6-sol', shutdown_date: null },
        { id: 'gpt-4.1-mini', shutdown_date: '2027-01-14' },
      ],
    });
    const one = await (await look(simulator, '/models/gpt-4.1-mini')).json();
    expect(list).toMatchObject({ data: [{}, {}, one] });
  });

  it('list the models they were started with', async () => {
    const other = await startSimulator({ models: [{ id: 'org/own', ownedBy: 'me', created: 1 }] });
    const model = await (await look(other, '/models/org%2Fown')).json();
    await other.close();
    expect(model).toEqual({ id: 'org/own', object: 'model', created: 1, owned_by: 'me' });
  });

  it.each(['/models/unknown', '/models/%E0%A4%A', '/nowhere'])('know no %s', async (path) => {
    const response = await look(simulator, path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } });
  });

  it.each(['/models', '/chat/completions'])('refuse a call without a key on %s', async (path) => {
    simulator.behave({ status: 500 });
    const response = await fetch(`${simulator.baseUrl}${path}`, {
      headers: { authorization: 'Bearer ' },
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({
      error: { type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
    });
    expect(simulator.calls[0]).toMatchObject({ key: '', outcome: 'refused' });
  });

  it('refuse a body that is no JSON object, and one without model or messages', async () => {
    const headers = { authorization: 'Bearer sk-test' };
    const url = `${simulator.baseUrl}/chat/completions`;
    const broken = await fetch(url, { method: 'POST', headers, body: '{"a' });
    expect(broken.status).toBe(400);
    const empty = await ask(simulator, { messages: [] });
    expect(await empty.json()).toMatchObject({ error: { param: 'messages' } });
    const modelless = await ask(simulator, { model: undefined });
    expect(await modelless.json()).toMatchObject({ error: { param: 'model' } });
  });
});

describe('the rules', () => {
  it('let the later win until its times are used up', async () => {
    simulator.behave({ answer: 'first' });
    simulator.behave({ answer: 'second', times: 2 });
    const answers = [await ask(simulator), await ask(simulator), await ask(simulator)];
    expect(await Promise.all(answers.map(plainTextOf))).toEqual(['second', 'second', 'first']);
  });

  it('apply to the key, model and path they name', async () => {
    simulator.behave({ answer: 'for the key' }, { key: 'sk-a' });
    simulator.behave({ answer: 'for the model' }, { model: 'gpt-6-sol' });
    simulator.behave({ status: 500 }, { path: '/models' });
    expect(await plainTextOf(await ask(simulator, {}, { key: 'sk-a' }))).toBe('for the key');
    expect(await plainTextOf(await ask(simulator, { model: 'gpt-6-sol' }))).toBe('for the model');
    expect(await plainTextOf(await ask(simulator))).toBe('You said: Good morning');
    expect((await look(simulator, '/models')).status).toBe(500);
  });

  it('are gone after a reset', async () => {
    simulator.behave({ status: 500 });
    simulator.reset();
    expect((await ask(simulator)).status).toBe(200);
  });
});

describe('the record', () => {
  it('has what was asked, by whom, and how it ended', async () => {
    simulator.behave({ status: 429, times: 1 });
    await ask(simulator, { user: 'me' }, { key: 'sk-a' });
    await ask(simulator, {}, { key: 'sk-b' });
    expect(simulator.calls).toMatchObject([
      {
        path: '/v1/chat/completions',
        key: 'sk-a',
        model: 'gpt-6-luna',
        body: { user: 'me' },
        headers: { 'content-type': 'application/json' },
        outcome: 'refused',
      },
      { key: 'sk-b', outcome: 'answered' },
    ]);
    expect(simulator.callsWith('sk-a')).toBe(1);
    expect(simulator.callsWith('sk-c')).toBe(0);
    expect(simulator.running()).toBe(0);
    expect(simulator.openConnections()).toBeGreaterThan(0);
  });

  it('tells when calls have come and how they ended', async () => {
    simulator.behave({ holdBeforeAnswer: true });
    const answers = [ask(simulator), ask(simulator)];
    await simulator.waitForCalls(2);
    expect(simulator.running()).toBe(2);
    const answered = simulator.waitForOutcome(1, 'answered');
    const left = simulator.waitForOutcome(0, 'left');
    simulator.release();
    await answered;
    await expect(left).rejects.toThrow("Call 0 ended as 'answered', not as 'left'.");
    await Promise.all(answers);
  });

  it('rejects who still waits at a reset, and lets held calls go on', async () => {
    simulator.behave({ holdBeforeAnswer: true });
    const answer = ask(simulator);
    await simulator.waitForCalls(1);
    const never = simulator.waitForCalls(2);
    simulator.reset();
    await expect(never).rejects.toThrow('reset');
    expect((await answer).status).toBe(200);
    expect(simulator.calls).toEqual([]);
  });
});
