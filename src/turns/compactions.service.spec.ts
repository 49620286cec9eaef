import fc from 'fast-check';
import { defaultCaller } from '../auth/caller.js';
import { KeyCipher } from '../keys/key-cipher.js';
import type { KeyVaultService } from '../keys/key-vault.service.js';
import { isStanding, type CompactionItem, type Item, type MessageRole } from '../models/item.js';
import type { CompactionProvider } from '../providers/compaction.provider.js';
import type { ConversationKind } from '../providers/transcript.js';
import type { UpstreamService } from '../upstreams/upstream.service.js';
import { CompactionUnreadableError } from './compaction.errors.js';
import { CompactionSeal } from './compaction-seal.js';
import { CompactionsService } from './compactions.service.js';
import type { ContextWindowService } from './context-window.service.js';
import type { TurnContext } from './turn-context.js';

const vault: Pick<KeyVaultService, 'cipherFor'> = {
  cipherFor: (purpose) => KeyCipher.of(purpose, Buffer.alloc(32, 7)),
};
const seal = new CompactionSeal(vault as KeyVaultService);
const nobody = { id: 'nobody' };

function serviceWith(compactsItself: boolean): CompactionsService {
  return new CompactionsService(
    seal,
    {} as CompactionProvider,
    {} as ContextWindowService,
    { compactsItself } as UpstreamService,
  );
}

const says = (role: MessageRole, content: string): Item => ({ type: 'message', role, content });
const sealed = (summary: string, verbatim: Item[] = []): CompactionItem =>
  seal.seal(defaultCaller, { summary, verbatim });
const theirs: CompactionItem = { type: 'compaction', encrypted_content: 'gAAAAABo' };

function contextOf(items: readonly Item[], kind: ConversationKind = 'turbo'): TurnContext {
  const past = items.map((item, index) => ({
    ...{ id: `item_${index}`, turn: index, position: index, bytes: 1, inputTokens: index, item },
  }));
  const transcript = {
    ...{ prompt: 'Be.', settings: '' as const, humanName: null, aiName: null, sentences: [] },
  };
  return {
    history: { kind, model: null, transcript },
    ...{ past, stored: past, isCompacted: items.some(({ type }) => type === 'compaction') },
    ...{ held: null, turn: 1, position: 1, affinity: null },
  };
}

function openedIn(
  service: CompactionsService,
  past: readonly Item[],
  input: readonly Item[],
): Item[] {
  const { context, input: asked } = service.openContext(defaultCaller, contextOf(past), input);
  return [...context.past.map(({ item }) => item), ...asked];
}

/** Marks of an item by which it is known again, or where a compaction stands. */
const sayings = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.constantFrom<MessageRole>('user', 'assistant', 'system', 'developer'),
    },
    fc.constant('compaction' as const),
  ),
  { minLength: 1, maxLength: 12 },
);

describe('what is told of a turn', () => {
  const service = serviceWith(false);

  it('is never before the newest compaction but for prompts, and always all after it', () => {
    fc.assert(
      fc.property(sayings, fc.nat(), (kinds, cut) => {
        const items = kinds.map((kind, index) =>
          kind === 'compaction'
            ? sealed(`summary ${index}`, [says('user', `kept ${index}`)])
            : says(kind, `word ${index}`),
        );
        const border = cut % (items.length + 1);
        const newest = kinds.lastIndexOf('compaction');
        const inPlace = [
          says('developer', `Summary of the conversation so far:\nsummary ${newest}`),
          says('user', `kept ${newest}`),
        ];
        const expected =
          newest === -1
            ? items
            : [
                ...items.slice(0, newest).filter(isStanding),
                ...inPlace,
                ...items.slice(newest + 1),
              ];
        expect(openedIn(service, items.slice(0, border), items.slice(border))).toEqual(expected);
      }),
    );
  });

  it('leaves the turn as it is where nothing was compacted', () => {
    const context = contextOf([says('user', 'x')]);
    const input = [says('user', 'y')];
    const same = service.openContext(defaultCaller, context, input);
    expect(same.context).toBe(context);
    expect(same.input).toBe(input);
  });

  it('keeps where the turn stands, and what is stored', () => {
    const context = contextOf([says('user', 'x'), sealed('They spoke.')]);
    const { stored, turn, position } = service.openContext(defaultCaller, context, []).context;
    expect({ stored, turn, position }).toEqual({ stored: context.stored, turn: 1, position: 1 });
  });

  it('counts nothing for a compaction, and what was counted behind it', () => {
    const context = contextOf([says('user', 'x'), sealed('They spoke.'), says('assistant', 'y')]);
    const { past } = service.openContext(defaultCaller, context, []).context;
    expect(past.map(({ inputTokens }) => inputTokens)).toEqual([null, 2]);
  });

  it('has the summary in the prompt of a text', () => {
    const context = contextOf([says('user', 'x'), sealed('They spoke.')], 'gpt3');
    const { history, past } = service.openContext(defaultCaller, context, []).context;
    expect(history.transcript.prompt).toBe(
      'Be.\n\nSummary of the conversation so far:\nThey spoke.',
    );
    expect(past).toEqual([]);
  });

  it.each<[string, CompactionItem]>([
    ['made elsewhere', theirs],
    ['made for someone else', seal.seal(nobody, { summary: 'Secret.', verbatim: [] })],
    ['that was changed', { ...theirs, encrypted_content: 'alice1.AAAA' }],
  ])('fails for a compaction %s', (_what, item) => {
    expect(() => openedIn(service, [item], [])).toThrow(CompactionUnreadableError);
    expect(() => openedIn(service, [], [item])).toThrow(CompactionUnreadableError);
  });

  it('leaves to a model service what that compacted, but for texts', () => {
    const other = serviceWith(true);
    const question = says('user', 'y');
    const context = contextOf([says('user', 'x'), theirs]);
    const same = other.openContext(defaultCaller, context, [question]);
    expect(same.context).toBe(context);
    expect(same.input).toEqual([question]);
    const both = contextOf([says('user', 'x'), sealed('They spoke.'), says('user', 'y'), theirs]);
    const { context: opened, input } = other.openContext(defaultCaller, both, [question]);
    const summary = says('developer', 'Summary of the conversation so far:\nThey spoke.');
    expect(opened.past.map(({ item }) => item)).toMatchObject([
      ...[says('user', 'x'), { type: 'compaction', opened: [summary] }, says('user', 'y'), theirs],
    ]);
    expect(opened.history.transcript.said).toEqual(opened.past.map(({ item }) => item));
    expect(input).toEqual([question]);
    const unreadable = { ...theirs, encrypted_content: 'alice1.AAAA' };
    const asked = [unreadable, sealed('More.'), theirs];
    expect(other.openContext(defaultCaller, context, asked).input).toMatchObject([
      { opened: [{ role: 'developer' }] },
      theirs,
    ]);
    const written = contextOf([theirs], 'gpt3');
    expect(() => other.openContext(defaultCaller, written, [])).toThrow(CompactionUnreadableError);
  });
});
