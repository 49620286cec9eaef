import type { StoredConversation } from './conversations.repository.js';
import { answerToRepeat, historyOf } from './history.js';

type StoredItem = StoredConversation['items'][number];

const conversation: StoredConversation['conversation'] = {
  id: 'conv_1',
  kind: 'role-play',
  prompt: 'Be kind.\n',
  settings: '',
  humanName: 'Reimu',
  aiName: 'Sanae',
  stream: true,
  model: null,
  idleMs: null,
};

function item(position: number, role: StoredItem['role'], text: string): StoredItem {
  return {
    id: `item_${position}`,
    turn: 1,
    position,
    kind: 'message',
    role,
    inputTokens: null,
    said: text,
    bytes: Buffer.byteLength(JSON.stringify(text)),
  };
}

describe('a history', () => {
  it('has the conversation and its sentences as a transcript', () => {
    const items = [
      item(1, 'user', ' Who?\n'),
      item(2, 'assistant', '早苗 😀 "x"'),
      item(3, 'user', ''),
    ];
    expect(historyOf({ conversation, items, unseenAnswer: null })).toMatchObject({
      kind: 'role-play',
      stream: true,
      model: null,
      idleMs: null,
      items,
      unseenAnswer: null,
      transcript: {
        prompt: 'Be kind.\n',
        settings: '',
        humanName: 'Reimu',
        aiName: 'Sanae',
        sentences: [
          { role: 'user', text: ' Who?\n' },
          { role: 'assistant', text: '早苗 😀 "x"' },
          { role: 'user', text: '' },
        ],
      },
    });
  });

  it('is empty before anything was said', () => {
    expect(historyOf({ conversation, items: [], unseenAnswer: null }).transcript.sentences).toEqual(
      [],
    );
  });

  it('goes by the role of an item, not by odd and even', () => {
    const items = [item(1, 'assistant', 'a'), item(2, 'user', 'b'), item(3, 'user', 'c')];
    expect(
      historyOf({ conversation, items, unseenAnswer: null }).transcript.sentences,
    ).toMatchObject([
      { role: 'assistant', text: 'a' },
      { role: 'user', text: 'b' },
      { role: 'user', text: 'c' },
    ]);
  });
});

describe('the answer to a repeated question', () => {
  const items = [item(1, 'user', 'b'), item(2, 'user', 'a'), item(3, 'assistant', 'b')];

  it.each([
    ['is the one that was not seen', 'a', 'item_3', 'b'],
    ['is for the same question only', 'b', 'item_3', null],
    ['is the last one only', 'a', 'item_2', null],
    ['is none when all were seen', 'a', null, null],
  ])('%s', (_title, question, unseenAnswer, answer) => {
    const history = historyOf({ conversation, items, unseenAnswer });
    expect(answerToRepeat(history, question)).toBe(answer);
  });
});
