import fc from 'fast-check';
import { checkSize, mostItems, sizeOfConversation, sizeWith } from './conversation-size.js';
import { ConversationTooLongError } from './conversations.errors.js';

describe('the size of a conversation', () => {
  it.each([
    ['', [], 0],
    ['abc', [], 3],
    ['é', ['"a"', '"夢"', '"😀"'], 2 + 3 + 5 + 6 + 300],
    ['\n', ['""'], 1 + 2 + 100],
  ])('with prompt %j and contents %j is %i bytes', (prompt, contents, bytes) => {
    const added = contents.map((content) => ({ content }));
    expect(sizeOfConversation(prompt, [], added)).toEqual({ items: contents.length, bytes });
  });

  it('is the same whether items are there, are added, or were counted before', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string()), fc.nat(10), (prompt, contents, cut) => {
        const bytes = contents.map((content) => ({ bytes: Buffer.byteLength(content) }));
        const added = contents.slice(cut).map((content) => ({ content }));
        const size = sizeOfConversation(prompt, bytes.slice(0, cut), added);
        const sum = bytes.reduce((all, one) => all + one.bytes, 0);
        expect(size).toEqual(sizeWith(prompt, contents.length, sum));
      }),
    );
  });

  it('may be the limit and no more, in bytes and in items', () => {
    expect(() => {
      checkSize({ items: mostItems, bytes: 300 }, 300);
    }).not.toThrow();
    for (const over of [
      { items: 1, bytes: 301 },
      { items: mostItems + 1, bytes: 300 },
    ]) {
      expect(() => {
        checkSize(over, 300);
      }).toThrow(ConversationTooLongError);
    }
  });
});
