import { isFinished, textOf, usageOf, type AnswerChunk } from './answer-chunk.js';

/** A chunk as an upstream may send it, of whatever shape. */
function chunk(sent: object): AnswerChunk {
  return sent;
}

describe('the text of a chunk', () => {
  it.each([
    ['a streamed chat', { choices: [{ delta: { content: 'Hi' } }] }, 'Hi'],
    ['a plain chat', { choices: [{ message: { content: 'Hi' } }] }, 'Hi'],
    ['a completion', { choices: [{ text: 'Hi' }] }, 'Hi'],
    ['a refusal', { choices: [{ message: { content: null, refusal: 'No.' } }] }, 'No.'],
    ['a streamed refusal', { choices: [{ delta: { refusal: 'No' } }] }, 'No'],
    ['a refusal beside no content', { choices: [{ delta: { content: '', refusal: 'N' } }] }, 'N'],
    ['content beside a refusal', { choices: [{ delta: { content: 'H', refusal: 'N' } }] }, 'H'],
    ['the first of two choices', { choices: [{ text: '1' }, { text: '2' }] }, '1'],
    ['blanks', { choices: [{ delta: { content: ' \r\n' } }] }, ' \r\n'],
    ['a chat with null as text', { choices: [{ text: null, delta: { content: 'Hi' } }] }, 'Hi'],
    ['a message beside no delta', { choices: [{ delta: null, message: { content: 'H' } }] }, 'H'],
  ])('is that of %s', (_what, sent, text) => {
    expect(textOf(chunk(sent))).toBe(text);
  });

  it.each([
    {},
    { choices: null },
    { choices: [] },
    { choices: [{}] },
    { choices: [{ delta: {} }] },
    { choices: [{ delta: { role: 'assistant' } }] },
    { choices: [{ delta: { content: null } }] },
    { choices: [{ text: null }] },
    { choices: [{ text: '' }] },
    { choices: [{ delta: { content: [{ type: 'text', text: 'x' }] } }] },
    { choices: [{ text: 5 }] },
    { usage: { prompt_tokens: 1, completion_tokens: 2 } },
  ])('is empty in %j', (sent) => {
    expect(textOf(chunk(sent))).toBe('');
  });
});

describe('a finish reason', () => {
  it.each(['stop', 'length', 'content_filter', 'tool_calls', 'anything'])(
    'ends the answer: %s',
    (reason) => {
      expect(isFinished(chunk({ choices: [{ delta: {}, finish_reason: reason }] }))).toBe(true);
    },
  );

  it.each([
    {},
    { choices: null },
    { choices: [] },
    { choices: [{ delta: { content: 'Hi' } }] },
    { choices: [{ finish_reason: null }] },
    { choices: [{ finish_reason: 0 }] },
    { finish_reason: 'stop' },
  ])('is not in %j', (sent) => {
    expect(isFinished(chunk(sent))).toBe(false);
  });
});

describe('the usage', () => {
  it.each([
    [{ prompt_tokens: 12, completion_tokens: 34, total_tokens: 46 }, 12, 34],
    [{ prompt_tokens: 0, completion_tokens: 0 }, 0, 0],
  ])('is what the upstream counted: %j', (usage, inputTokens, outputTokens) => {
    expect(usageOf(chunk({ choices: [], usage }))).toEqual({ inputTokens, outputTokens });
  });

  it.each([
    undefined,
    null,
    {},
    { prompt_tokens: 12 },
    { completion_tokens: 34 },
    { prompt_tokens: null, completion_tokens: 34 },
    { prompt_tokens: '12', completion_tokens: 34 },
    { prompt_tokens: 1.5, completion_tokens: 34 },
  ])('is unknown when it is %j', (usage) => {
    expect(usageOf(chunk({ choices: [], usage }))).toBeNull();
  });
});
