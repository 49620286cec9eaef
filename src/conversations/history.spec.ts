import type { StoredConversation } from './conversations.repository.js';
import { bytesOf, historyOf } from './history.js';

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

function item(position: number, role: StoredItem['role'], content: string): StoredItem {
  return {
    id: `item_${position}`,
    conversationId: 'conv_1',
    turn: 1,
    position,
    kind: 'message',
    role,
    content,
    inputTokens: null,
    outputTokens: null,
    createdAt: 0,
  } as StoredItem;
}

describe('a history', () => {
  it('has the conversation and its sentences as a transcript', () => {
    const items = [
      item(1, 'user', '" Who?\\n"'),
      item(2, 'assistant', '"早苗 😀 \\"x\\""'),
      item(3, 'user', '""'),
    ];
    expect(historyOf({ conversation, items })).toEqual({
      kind: 'role-play',
      stream: true,
      model: null,
      idleMs: null,
      items,
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
    expect(historyOf({ conversation, items: [] }).transcript.sentences).toEqual([]);
  });

  it('goes by the role of an item, not by odd and even', () => {
    const items = [item(1, 'assistant', '"a"'), item(2, 'user', '"b"'), item(3, 'user', '"c"')];
    expect(historyOf({ conversation, items }).transcript.sentences).toEqual([
      { role: 'assistant', text: 'a' },
      { role: 'user', text: 'b' },
      { role: 'user', text: 'c' },
    ]);
  });
});

describe('the bytes of a transcript', () => {
  it.each([
    ['', [], 0],
    ['abc', [], 3],
    ['é', ['a', '夢', '😀'], 2 + 1 + 3 + 4],
    ['\n', ['\n', ''], 2],
  ])('of prompt %j and sentences %j are %i in UTF-8', (prompt, texts, bytes) => {
    const sentences = texts.map((text) => ({ role: 'user' as const, text }));
    const transcript = { prompt, settings: '' as const, humanName: null, aiName: null, sentences };
    expect(bytesOf(transcript)).toBe(bytes);
  });
});
