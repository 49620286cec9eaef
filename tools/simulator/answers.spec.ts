import { countTokens, defaultAnswer, splitIntoPieces } from './answers.js';

describe('the default answer', () => {
  it.each([
    ['困的时候可以睡觉吗', 'You said: 困的时候可以睡觉吗'],
    ['  two\n lines ', 'You said: two lines'],
    ['Talk.\nHuman: Hello\nAI: Hi!\nHuman: Note: it is late\nAI: ', 'You said: Note: it is late'],
    ['Talk.\n\nYou: one\ntwo\nFriend: ', 'You said: one two'],
    ['Talk to me.\n\nAI: ', 'You said: Talk to me.'],
    ['Cats sleep a lot.\nTl;dr\n', 'In short: Cats sleep a lot.'],
    ['', 'You said nothing.'],
    ['😀'.repeat(300), `You said: ${'😀'.repeat(200)}…`],
  ])('to %j is %j', (question, answer) => {
    expect(defaultAnswer(question)).toBe(answer);
  });

  it('comes in pieces that join to the text and cut no code point', () => {
    const text = ' 困的时候 hello  wörld😀😀\n\nabcdefghijklmnopqrstuvwxyz \n';
    const pieces = splitIntoPieces(text);
    expect(pieces.join('')).toBe(text);
    expect(pieces.length).toBeGreaterThan(6);
    expect(pieces.filter((piece) => /\p{Surrogate}/u.test(piece))).toEqual([]);
  });
});

describe('the token count', () => {
  it.each([
    [0, 1],
    [4, 1],
    [5, 2],
  ])('of %i characters is %i', (length, tokens) => {
    expect(countTokens(length)).toBe(tokens);
  });
});
