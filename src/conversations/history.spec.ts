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

  const answer = { type: 'message', role: 'assistant', content: 'b' };
  const origin = { id: 'msg_b', prefix: null, organization: null, after: null, thought: null };

  function withAnswer(said: object): ReturnType<typeof historyOf>['transcript'] {
    const items = [item(1, 'user', 'a'), { ...item(2, 'assistant', 'b'), said }];
    return historyOf({ conversation, items }).transcript;
  }

  const sentences = [
    { role: 'user', text: 'a' },
    { role: 'assistant', text: 'b' },
  ];

  it('has sentences alone where messages are words, whoever made them', () => {
    expect(withAnswer({ ...answer, origin })).toEqual({
      ...{ prompt: 'Be kind.\n', settings: '', humanName: 'Reimu', aiName: 'Sanae', sentences },
    });
    expect(withAnswer({ ...answer, phase: null }).said).toBeUndefined();
  });

  it.each([
    ['a phase', { ...answer, phase: 'final_answer', origin }],
    ['a member that is not read', { ...answer, channel: 'final' }],
    ['parts', { ...answer, content: [{ type: 'output_text', text: 'b', annotations: [{}] }] }],
  ])('has everything where a message has %s', (_, said) => {
    const { said: everything, sentences: words } = withAnswer(said);
    expect(words).toEqual(sentences);
    expect(everything).toEqual([{ type: 'message', role: 'user', content: 'a' }, said]);
  });
});
