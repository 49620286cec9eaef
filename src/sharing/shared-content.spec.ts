import type { Snapshot } from '../conversations/conversations.service.js';
import type { StoredItem } from '../conversations/items.repository.js';
import {
  contentOf,
  contentOfSentences,
  sentencesOf,
  sharedKindOf,
  withoutPrompt,
} from './shared-content.js';

const items: [kind: string, role: StoredItem['role'], said: unknown][] = [
  ['message', 'system', 'Be brief.'],
  ['message', 'developer', { type: 'message', role: 'developer', content: 'Never mention it.' }],
  ['message', 'user', 'Hi'],
  [
    'reasoning',
    'assistant',
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
  ],
  [
    'function_call',
    'assistant',
    { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"secret":1}' },
  ],
  [
    'function_call_output',
    'tool',
    { type: 'function_call_output', call_id: 'c', output: 'secret' },
  ],
  [
    'message',
    'assistant',
    {
      type: 'message',
      role: 'assistant',
      content: [
        { type: 'output_text', text: 'Ho' },
        { type: 'refusal', refusal: ', no.' },
      ],
    },
  ],
  [
    'message',
    'user',
    {
      type: 'message',
      role: 'user',
      content: [
        { type: 'input_text', text: 'See' },
        { type: 'input_image', image_url: 'data:secret' },
      ],
    },
  ],
];

function snapshotOf(changes: Partial<Snapshot> = {}, names: Partial<Snapshot['transcript']> = {}) {
  const snapshot: Snapshot = {
    ...{
      kind: 'turbo',
      stream: false,
      model: null,
      idleMs: null,
      affinity: 'conv_1',
      lastModel: null,
    },
    transcript: {
      ...{ prompt: 'P', settings: '', humanName: null, aiName: null, sentences: [] },
      ...names,
    },
    items: items.map(([kind, role, said], index) => {
      const place = { id: `item_${index}`, turn: 1, position: index + 1 };
      return { ...place, kind, role, said, inputTokens: null, bytes: 0 };
    }),
    ...changes,
  };
  return snapshot;
}

const spoken = [
  { role: 'user', text: 'Hi' },
  { role: 'assistant', text: 'Ho, no.' },
  { role: 'user', text: 'See' },
];
const instructions = [
  { role: 'system', text: 'Be brief.' },
  { role: 'developer', text: 'Never mention it.' },
];

describe('what a share shows', () => {
  it('is what people and the model said, and nothing that tools did or a model thought', () => {
    expect(contentOf(snapshotOf(), false)).toEqual({ prompt: '', turns: spoken });
  });

  it('has what the model was told to be only where the prompt may be shown', () => {
    const content = contentOf(snapshotOf(), true);
    expect(content).toEqual({ prompt: 'P', turns: [...instructions, ...spoken] });
    expect(withoutPrompt(content)).toEqual({ prompt: '', turns: spoken });
  });

  it('has the names of a role play', () => {
    const names = { humanName: 'Anna', aiName: 'Bert' };
    const { turns } = contentOf(snapshotOf({ kind: 'role-play' }, names), true);
    expect(turns).toEqual([
      ...instructions,
      ...spoken.map((turn) => ({ ...turn, name: turn.role === 'user' ? 'Anna' : 'Bert' })),
    ]);
    expect(contentOf(snapshotOf({}, names), false).turns).toEqual(spoken);
  });

  it('is for the original API what was asked and answered', () => {
    const { turns } = contentOf(snapshotOf(), true);
    expect(sentencesOf(turns)).toEqual(['Hi', 'Ho, no.', 'See']);
  });

  it('is told of one that has sentences alone', () => {
    expect(contentOfSentences('P', '["Hi","Ho","So"]')).toEqual({
      prompt: 'P',
      turns: [
        { role: 'user', text: 'Hi' },
        { role: 'assistant', text: 'Ho' },
        { role: 'user', text: 'So' },
      ],
    });
  });
});

describe('the kind of a share', () => {
  it.each([
    [{ kind: 'gpt3' as const }, 'gpt3'],
    [{ kind: 'turbo' as const }, 'turbo'],
    [{ kind: 'gpt4' as const }, 'gpt4'],
    [{ kind: 'role-play' as const }, 'roleplay'],
    [{ kind: 'turbo' as const, model: 'gpt-6-sol' }, 'v1'],
  ])('is of %j %s', (changes, kind) => {
    expect(sharedKindOf(snapshotOf(changes))).toBe(kind);
  });
});
