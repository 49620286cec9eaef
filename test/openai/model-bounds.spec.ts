/* eslint-disable @typescript-eslint/no-deprecated -- deprecated fields are still taken */
import type OpenAI from 'openai';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const messages = [{ role: 'user' as const, content: 'hello' }];
const model = 'gpt-4.1-mini';
let service: OpenAiService;
let client: OpenAI;

beforeAll(async () => {
  service = await startOpenAiService({
    V1_MODELS: model,
    V1_MAX_OUTPUT_TOKENS: '100',
    V1_MAX_CHOICES: '2',
  });
  ({ client } = service);
});
afterAll(() => service.close());
afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

function lastBody(): Record<string, unknown> {
  return service.simulator.calls.at(-1)!.body;
}

describe('V1_MODELS', () => {
  it.each<[string, (name: string) => Promise<unknown>]>([
    ['chat completions', (name) => client.chat.completions.create({ model: name, messages })],
    ['completions', (name) => client.completions.create({ model: name, prompt: 'x' })],
    ['embeddings', (name) => client.embeddings.create({ model: name, input: 'x' })],
    ['responses', (name) => client.responses.create({ model: name, input: 'x' })],
    [
      'responses in the background',
      async (name) =>
        collect(
          await client.responses.create({
            model: name,
            input: 'x',
            background: true,
            stream: true,
          }),
        ),
    ],
    ['counts of tokens', (name) => client.responses.inputTokens.count({ model: name, input: 'x' })],
  ])('bounds what %s may ask for', async (_title, ask) => {
    await expect(ask('gpt-7-vast')).rejects.toMatchObject({
      status: 400,
      code: 'model_not_allowed',
      param: 'model',
    });
    expect(service.simulator.totalCalls).toBe(0);
    for (const allowed of [model, 'gpt-6-luna', 'gpt-6-sol']) await ask(allowed);
  });

  it('bounds what a question is answered with again, and changes nothing', async () => {
    const { id } = await client.conversations.create();
    await client.responses.create({ conversation: id, input: 'x', model });
    await expect(
      client.post(`/conversations/${id}/regenerate`, { body: { model: 'gpt-7-vast' } }),
    ).rejects.toMatchObject({ status: 400, code: 'model_not_allowed' });
    await client.post(`/conversations/${id}/regenerate`, { body: {} });
  });

  it('is what is listed', async () => {
    const listed = await collect(client.models.list());
    expect(listed.map(({ id }) => id)).toEqual(['gpt-6-luna', 'gpt-6-sol', model]);
  });
});

describe('V1_MAX_OUTPUT_TOKENS', () => {
  it.each(['invalid_value', 'integer_above_max_value'])(
    'is not forgotten for everyone because of one length that the model does not take: %s',
    async (code) => {
      const error = { message: 'max_tokens is too large: 90.', code };
      service.simulator.behave({ refuseParameters: ['max_tokens'], error });
      await expect(
        client.responses.create({ model, input: 'x', max_output_tokens: 90 }),
      ).rejects.toMatchObject({ status: 400, code });
      expect(service.simulator.totalCalls).toBe(1);
      service.simulator.reset();
      await client.responses.create({ model, input: 'x', max_output_tokens: 50 });
      expect(lastBody()).toMatchObject({ max_tokens: 50 });
    },
  );

  it('bounds what is asked for', async () => {
    for (const ask of [
      () => client.chat.completions.create({ model, messages, max_tokens: 101 }),
      () => client.chat.completions.create({ model, messages, max_completion_tokens: 101 }),
      () => client.completions.create({ model, prompt: 'x', max_tokens: 101 }),
      () => client.responses.create({ model, input: 'x', max_output_tokens: 101 }),
    ]) {
      await expect(ask()).rejects.toMatchObject({ status: 400, code: 'invalid_value' });
    }
    expect(service.simulator.totalCalls).toBe(0);
    await client.chat.completions.create({ model, messages, max_tokens: 100 });
    expect(lastBody()).toMatchObject({ max_tokens: 100 });
  });

  it('is asked for where the caller leaves it open', async () => {
    await client.chat.completions.create({ model, messages });
    expect(lastBody()).toMatchObject({ max_tokens: 100 });
    const response = await client.responses.create({ model, input: 'x' });
    expect(lastBody()).toMatchObject({ max_tokens: 100 });
    expect(response.max_output_tokens).toBe(100);
    await client.embeddings.create({ model, input: 'x' });
    expect(lastBody()).not.toHaveProperty('max_tokens');
  });
});

describe('V1_MAX_CHOICES', () => {
  it('bounds how often a model answers', async () => {
    await expect(client.chat.completions.create({ model, messages, n: 3 })).rejects.toMatchObject({
      status: 400,
      param: 'n',
    });
    await expect(
      client.completions.create({ model, prompt: 'x', best_of: 3 }),
    ).rejects.toMatchObject({ status: 400, param: 'best_of' });
    expect((await client.chat.completions.create({ model, messages, n: 2 })).choices).toHaveLength(
      2,
    );
  });
});
