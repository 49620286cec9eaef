import type { SharedTurn } from './shared-conversation.js';
import { titleOf, titleOfBeginning } from './share-title.js';

function asked(text: string): SharedTurn[] {
  return [
    { role: 'system', text: 'Be brief.' },
    { role: 'assistant', text: 'Welcome' },
    { role: 'user', text },
    { role: 'user', text: 'And then?' },
  ];
}

const long = 'a'.repeat(199);

describe('the title of a share that was given none', () => {
  it.each([
    ['the first question', 'Why?', 'Why?'],
    ['a question in one line', ' Why\n\n\tis\u2028it?\0\r\n', 'Why is it?'],
    ['the next question after one without words', ' \n', 'And then?'],
    ['a question as long as titles are', `${long}b`, `${long}b`],
    ['a longer one up to there', `${long}bc`, `${long}…`],
    ['whole characters', '🦊'.repeat(201), `${'🦊'.repeat(199)}…`],
    ['no half of a character', `${'x'.repeat(10)}\ud83e`, `${'x'.repeat(10)}\ufffd`],
    [
      'the beginning of a huge one',
      ' '.repeat(1_000) + 'q'.repeat(9_000_000),
      `${'q'.repeat(199)}…`,
    ],
  ])('is %s', (_what, text, title) => {
    expect(titleOf(asked(text))).toBe(title);
  });

  it('is what was said first where nothing was asked', () => {
    expect(titleOf([{ role: 'assistant', text: 'Welcome' }])).toBe('Welcome');
  });

  it.each([[[]], [[{ role: 'user', text: ' ' } as const]]])('is there in any case: %j', (turns) => {
    expect(titleOf(turns)).toBe('Conversation');
  });
});

describe('the title of a share of before there were any', () => {
  it.each([
    [[], 'Conversation'],
    [['Why?', 'So.'], 'Why?'],
    [['"quoted" \\ and\n中文 \u0001'], '"quoted" \\ and 中文'],
    [[''], 'Conversation'],
  ])('is its first sentence: %j', (sentences, title) => {
    expect(titleOfBeginning(JSON.stringify(sentences))).toBe(title);
  });

  it('is made of any beginning', () => {
    const text = JSON.stringify(['a "b" \\ \u0001 c']);
    for (let length = 0; length <= text.length; length += 1) {
      const title = titleOfBeginning(text.slice(0, length));
      expect(title === 'Conversation' || 'a "b" \\ c'.startsWith(title)).toBe(true);
    }
  });
});
