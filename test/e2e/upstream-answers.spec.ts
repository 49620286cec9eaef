import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { countTokens } from '../../tools/simulator/answers.js';
import {
  conversationWithOneTurn,
  expectUntouched,
  oneTurn,
} from '../support/conversation-check.js';
import { token } from '../support/service.js';
import { storedItems } from '../support/stored.js';
import { useService } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const { service, caller } = useService();
let id: string;

beforeEach(async () => {
  id = await conversationWithOneTurn(service, caller);
});
afterEach(() => {
  service.simulator.reset();
});

describe('a plain answer that is none', () => {
  const faults: [string, Behaviour][] = [
    ['it is empty', { answer: '' }],
    ['it is only line feeds', { answer: '\n\n\n' }],
    ['the body is HTML', { rawBody: '<html>Welcome</html>', contentType: 'text/html' }],
    ['the body is HTML that says it is JSON', { rawBody: '<html>Welcome</html>' }],
    ['the body is an error object', { rawBody: '{"error":{"message":"no","code":null}}' }],
    ['the body is broken JSON', { rawBody: '{"choices":[{"message":' }],
    ['the body is empty', { rawBody: '' }],
    ['the body is null', { rawBody: 'null' }],
    ['the body is an array', { rawBody: '[]' }],
    ['the choices are missing', { rawBody: '{}' }],
    ['the choices are null', { rawBody: '{"choices":null}' }],
    ['the choices are empty', { rawBody: '{"choices":[]}' }],
    ['the choice is null', { rawBody: '{"choices":[null]}' }],
    ['the choices are a text', { rawBody: '{"choices":"x"}' }],
    ['the message is null', { rawBody: '{"choices":[{"message":null,"finish_reason":"stop"}]}' }],
    ['the content is true', { rawBody: '{"choices":[{"message":{"content":true}}]}' }],
    ['the body is cut', { cutPlainBodyAfterBytes: 40 }],
    ['the body is cut at once', { cutPlainBodyAfterBytes: 0 }],
    ['the status is 204', { status: 204 }],
    ['the upstream has no such page', { status: 404, error: { message: 'no', code: null } }],
    ['the upstream has no such method', { status: 405 }],
  ];

  it.each(faults)('is a 502 and keeps nothing: %s', async (_, fault) => {
    service.simulator.behave(fault);
    const answer = await caller.chat(id, 'hello');
    expect(answer.status).toBe(502);
    expect(answer.text).toMatch(/\w+ \w+/);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    await expectUntouched(service, caller, id);
  });

  it.each(faults)('leaves the old answer of a regenerate: %s', async (_, fault) => {
    service.simulator.behave(fault);
    const answer = await caller.post('regenerate', '', { conversation: id });
    expect(answer.status).toBe(502);
    await expectUntouched(service, caller, id);
  });
});

describe('an answer', () => {
  it.each([{}, streamed])('that was cut for length is an answer (%j)', async (headers) => {
    service.simulator.behave({ answer: 'half of', finishReason: 'length' });
    expect(await caller.chat(id, 'hello', headers)).toMatchObject({ status: 200 });
    expect(await caller.sentences(id)).toEqual([...oneTurn, 'hello', 'half of']);
  });

  it.each([{}, streamed])(
    'is stored with the tokens that the upstream counted (%j)',
    async (headers) => {
      service.simulator.behave({ answer: 'twenty-one characters' });
      await caller.chat(id, 'hello', headers);
      const { messages } = service.simulator.calls[0]!.body as { messages: { content: string }[] };
      const asked = messages.reduce((length, { content }) => length + content.length, 0);
      expect(storedItems(service.databaseFile, id).slice(-2)).toMatchObject([
        { role: 'user', content: '"hello"', input_tokens: null, output_tokens: null },
        {
          role: 'assistant',
          content: '"twenty-one characters"',
          input_tokens: countTokens(asked),
          output_tokens: countTokens(21),
        },
      ]);
    },
  );

  it('is stored with the tokens of its own call when regenerated', async () => {
    service.simulator.behave({ answer: 'a much longer answer than before' });
    await caller.post('regenerate', '', { conversation: id });
    expect(storedItems(service.databaseFile, id)).toMatchObject([
      { role: 'user', turn: 1 },
      { role: 'assistant', turn: 1, output_tokens: countTokens(32) },
    ]);
  });

  it.each([{}, streamed])(
    'is kept without tokens when the upstream counts none (%j)',
    async (headers) => {
      service.simulator.behave({ answer: 'uncounted', omitUsage: true });
      expect(await caller.chat(id, 'hello', headers)).toMatchObject({ status: 200 });
      expect(storedItems(service.databaseFile, id).at(-1)).toMatchObject({
        content: '"uncounted"',
        input_tokens: null,
        output_tokens: null,
      });
    },
  );

  it.each([-1, 1.5, 1e300, 2 ** 53, '7', null, [], {}, true])(
    'is believed no count of tokens that is %p',
    async (count) => {
      const usage = { prompt_tokens: count, completion_tokens: count, total_tokens: count };
      const choice = { index: 0, message: { content: 'uncounted' }, finish_reason: 'stop' };
      service.simulator.behave({ rawBody: JSON.stringify({ choices: [choice], usage }) });
      expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'uncounted' });
      const response = await fetch(`${service.url}/v1/responses`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ model: 'gpt-6-luna', input: 'hello' }),
      });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('uncounted');
    },
  );

  it('asks for usage in a stream', async () => {
    await caller.chat(id, 'hello', streamed);
    expect(service.simulator.calls[0]!.body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
    });
  });
});
