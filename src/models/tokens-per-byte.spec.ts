import { cautiousTokensPerByte, tokensPerByte, type CountedItem } from './tokens-per-byte.js';
import { sizeOf } from './context-window.js';

function said(text: string, inputTokens: number | null = null): CountedItem {
  return {
    turn: 1,
    inputTokens,
    item: { type: 'message', role: inputTokens === null ? 'user' : 'assistant', content: text },
  };
}

describe('the tokens of a byte', () => {
  it('are guessed with caution before the upstream counted', () => {
    expect(tokensPerByte([said('hello')], 10, 1_000)).toBe(cautiousTokensPerByte);
  });

  it('are the upstream\u2019s count of the largest request that was whole', () => {
    const past = [said('a'.repeat(100)), said('b', 30), said('c'.repeat(1_000)), said('d', 300)];
    const first = sizeOf([past[0]!.item]);
    const second = sizeOf(past.slice(0, 3).map(({ item }) => item));
    expect(tokensPerByte(past, 0, 10_000)).toBeCloseTo(300 / second);
    expect(tokensPerByte(past, 0, 500)).toBeCloseTo(30 / first);
  });

  it('are at most one', () => {
    expect(tokensPerByte([said('hi'), said('x', 5_000)], 0, 10_000)).toBe(1);
  });
});
