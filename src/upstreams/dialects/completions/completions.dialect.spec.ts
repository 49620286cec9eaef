import type { Item } from '../../../models/item.js';
import type { ModelRequest } from '../../../models/model-request.js';
import { recipient } from '../../../../test/factories/recipient.js';
import { CompletionsDialect } from './completions.dialect.js';

const text: Item = { type: 'message', role: 'user', content: 'Human: Hi\nAI: ' };
const plain: ModelRequest = {
  ...{ model: 'm', form: 'text', instructions: [], items: [text], sampling: {} },
};

function encoded(more: Partial<ModelRequest>, refused: readonly string[] = [], stream = false) {
  return new CompletionsDialect().ask({ ...plain, ...more }, stream, recipient(refused)).request;
}

const body = { model: 'm', prompt: 'Human: Hi\nAI: ' };

describe('a text to be continued', () => {
  it('is the prompt, and nothing else is said', () => {
    const expected = { path: '/completions', body, added: [], expendable: [], asked: [] };
    expect(encoded({})).toEqual(expected);
    expect(encoded({ wanted: {} })).toEqual(expected);
  });

  it('is the words of all that is told', () => {
    const parts: Item = {
      ...{ type: 'message', role: 'user' },
      content: [
        { type: 'input_text', text: 'a' },
        { type: 'input_image', image_url: 'u' },
      ],
    };
    const call: Item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
    expect(encoded({ items: [parts, call, text] }).body).toEqual({
      ...body,
      prompt: `a${body.prompt}`,
    });
  });

  it('is streamed with its usage', () => {
    const options = { stream_options: { include_usage: true } };
    expect(encoded({}, [], true)).toEqual({
      path: '/completions',
      body: { ...body, stream: true, ...options },
      added: ['stream_options'],
      expendable: ['stream_options'],
      asked: [],
    });
  });

  it('is sampled as the service chose and as the caller wants', () => {
    const sampling = { temperature: 0.5, stop: ['Human:'] };
    const wanted = { temperature: 0, max_output_tokens: 5, passthrough: { seed: 1 } };
    expect(encoded({ sampling, wanted })).toMatchObject({
      body: { ...body, temperature: 0, stop: ['Human:'], max_tokens: 5, seed: 1 },
      added: ['max_tokens', 'stop'],
    });
    expect(encoded({ sampling, wanted }, ['stop']).body).not.toHaveProperty('stop');
  });

  it('is not thought about', () => {
    expect(encoded({ wanted: { reasoning_effort: 'low' } }).body).toEqual(body);
  });
});

describe('the continuation of a text', () => {
  it('is read piece by piece, as text alone', () => {
    const decoder = new CompletionsDialect().ask(plain, true, recipient()).decoder;
    const read = (choice: object) => {
      return decoder.read({ data: '', value: { choices: [choice] } });
    };
    expect(read({ text: 'Hi' })).toEqual([{ type: 'text', text: 'Hi', logprobs: [] }]);
    expect(read({ text: '' })).toBeNull();
    expect(read({ delta: { content: 'no' } })).toBeNull();
    expect(decoder.isFinished).toBe(false);
    expect(read({ text: '!', finish_reason: 'length' })).toHaveLength(1);
    expect(decoder).toMatchObject({ isFinished: true, finish: 'length' });
  });

  it('is read as a whole, with what it cost', () => {
    const decoder = new CompletionsDialect().ask(plain, true, recipient()).decoder;
    const usage = { prompt_tokens: 1, completion_tokens: 2 };
    const value = { choices: [{ text: 'Hi', finish_reason: 'stop' }], usage };
    expect(decoder.readWhole({ data: '', value })).toHaveLength(1);
    expect(decoder).toMatchObject({ finish: 'stop', usage: { inputTokens: 1, outputTokens: 2 } });
  });
});
