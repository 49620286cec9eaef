import type { StoredConversation } from './conversations.repository.js';
import { historyOf } from './history.js';

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
  affinity: null,
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
    expect(historyOf({ conversation, items })).toMatchObject({
      kind: 'role-play',
      stream: true,
      model: null,
      idleMs: null,
      affinity: 'conv_1',
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
    const items = [item(1, 'assistant', 'a'), item(2, 'user', 'b'), item(3, 'user', 'c')];
    expect(historyOf({ conversation, items }).transcript.sentences).toMatchObject([
      { role: 'assistant', text: 'a' },
      { role: 'user', text: 'b' },
      { role: 'user', text: 'c' },
    ]);
  });
});
