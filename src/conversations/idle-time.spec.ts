import { countSentences, timeToLiveMs } from './idle-time.js';

describe('the time to live', () => {
  it.each([
    [1_800, 0, 900_000],
    [1_800, 2, 900_000],
    [1_800, 3, 1_800_000],
    [1_800, 200, 1_800_000],
    [1, 2, 500],
    [1, 3, 1_000],
  ])('with CONVERSATION_TTL_SECONDS=%i and %i sentences is %i ms', (ttl, sentences, ms) => {
    expect(timeToLiveMs(ttl, sentences)).toBe(ms);
  });

  it.each([0, 2, 3])('has no end with CONVERSATION_TTL_SECONDS=0 and %i sentences', (sentences) => {
    expect(timeToLiveMs(0, sentences)).toBeNull();
  });
});

describe('what counts as a sentence', () => {
  it('is what was said, and not what a tool or the model did meanwhile', () => {
    const kinds = ['message', 'reasoning', 'function_call', 'function_call_output', 'message'];
    expect(countSentences(kinds.map((kind) => ({ kind })))).toBe(2);
    expect(countSentences([])).toBe(0);
  });
});
