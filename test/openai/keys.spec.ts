import { adminVariables, Operator } from '../support/admin.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
const keys = ['sk-1', 'sk-2', 'sk-3', 'sk-4', 'sk-5', 'sk-6', 'sk-7', 'sk-8'];
let service: OpenAiService;

beforeEach(async () => {
  service = await startOpenAiService({ ...adminVariables, OPENAI_API_KEYS: keys.join(',') });
});
afterEach(() => service.close());

function keysUsed(): Set<string> {
  return new Set(service.simulator.calls.map(({ key }) => key));
}

describe('the list of models', () => {
  it('comes from another key where one may not see it', async () => {
    service.simulator.behave({ status: 401 }, { key: 'sk-1', path: '/models' });
    const models = await collect(service.client.models.list());
    expect(models.map(({ id }) => id)).toContain('gpt-4.1-mini');
  });
});

describe('the keys of the OpenAI API', () => {
  it('stay with a conversation, whichever API asks', async () => {
    const { client, caller } = service;
    const { id: conversation } = await client.conversations.create();
    for (let turn = 0; turn < 3; turn += 1) {
      await client.responses.create({ model, conversation, input: 'hello' });
      await caller.chat(conversation, 'hello');
    }
    expect(service.simulator.totalCalls).toBe(6);
    expect(keysUsed().size).toBe(1);
  });

  it('stay with responses that build on each other', async () => {
    const { responses } = service.client;
    for (let chain = 0; chain < 3; chain += 1) {
      service.simulator.reset();
      let { id } = await responses.create({ model, input: 'hello' });
      for (let turn = 0; turn < 5; turn += 1) {
        ({ id } = await responses.create({ input: 'and then?', previous_response_id: id }));
      }
      expect(service.simulator.totalCalls).toBe(6);
      expect(keysUsed().size).toBe(1);
    }
  });

  it('stay with responses that branch off a conversation', async () => {
    const { conversations, responses } = service.client;
    const { id: conversation } = await conversations.create();
    const { id } = await responses.create({ model, conversation, input: 'hello' });
    const branch = { input: 'or else?', previous_response_id: id };
    for (let turn = 0; turn < 5; turn += 1) await responses.create(branch);
    expect(keysUsed().size).toBe(1);
  });

  it('are many for many responses that do not', async () => {
    const { responses } = service.client;
    for (let call = 0; call < 40; call += 1) await responses.create({ model, input: 'hello' });
    expect(keysUsed().size).toBeGreaterThan(keys.length / 2);
  });

  it('are taken in turn without one', async () => {
    const messages = [{ role: 'user' as const, content: 'hello' }];
    for (let call = 0; call < keys.length; call += 1) {
      await service.client.chat.completions.create({ model, messages });
    }
    expect(keysUsed().size).toBe(keys.length);
  });

  it.each([false, true])('count the tokens of what is passed on (stream: %s)', async (stream) => {
    const messages = [{ role: 'user' as const, content: 'hello' }];
    const { completions } = service.client.chat;
    if (stream) {
      const options = { stream_options: { include_usage: true } };
      await collect(await completions.create({ model, messages, stream, ...options }));
    } else await completions.create({ model, messages });
    const counted = await new Operator(service).list();
    const sum = (of: (key: (typeof counted)[number]) => number) =>
      counted.reduce((total, key) => total + of(key), 0);
    expect(sum(({ inputTokens }) => inputTokens)).toBeGreaterThan(0);
    expect(sum(({ outputTokens }) => outputTokens)).toBeGreaterThan(0);
  });
});
