import { defaultCaller } from '../auth/caller.js';
import { readSettings } from '../config/read-settings.js';
import { sizeOf } from '../models/context-window.js';
import type { Item, MessageRole } from '../models/item.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import { Gpt3Provider } from '../providers/gpt3.provider.js';
import { Gpt4Provider } from '../providers/gpt4.provider.js';
import { ModelProviders } from '../providers/model-providers.js';
import { RolePlayProvider } from '../providers/role-play.provider.js';
import type { ConversationKind } from '../providers/transcript.js';
import { TurboProvider } from '../providers/turbo.provider.js';
import type { TurnContext } from '../turns/turn-context.js';
import type { UpstreamService } from '../upstreams/upstream.service.js';
import type { ModelCatalogService } from '../upstreams/model-catalog.service.js';
import type { CreateResponseParams } from './create-response-params.js';
import type { ItemReferencesService } from './item-references.service.js';
import { ModelRequestBuilder } from './model-request.builder.js';

const env = {
  FAST_MODEL: 'turbo-1',
  STRONG_MODEL: 'gpt4-1',
  TEXT_MODEL: 'gpt3-1',
  GPT3_API: 'completions',
};

function builderWith(more: Record<string, string> = {}, known = new Map<string, Item>()) {
  const settings = readSettings({ ...env, ...more });
  const checked: string[] = [];
  const references: Pick<ItemReferencesService, 'find'> = { find: () => Promise.resolve(known) };
  const models: Pick<ModelCatalogService, 'check'> = {
    check: (model) => {
      checked.push(model);
    },
  };
  const upstream: Partial<UpstreamService> = { check: () => undefined };
  const providers = new ModelProviders(
    new Gpt3Provider(settings),
    new TurboProvider(settings),
    new Gpt4Provider(settings),
    new RolePlayProvider(settings),
  );
  const builder = new ModelRequestBuilder(
    providers,
    references as ItemReferencesService,
    models as ModelCatalogService,
    upstream as UpstreamService,
    settings,
  );
  return { builder, checked };
}

const { builder } = builderWith();

const said = (role: MessageRole, content: string): Item => ({ type: 'message', role, content });
const hi = said('user', 'Hi');
const call: Item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const output: Item = { type: 'function_call_output', call_id: 'c', output: '1' };

function contextOf(
  kind: ConversationKind,
  past: readonly Item[] = [],
  model: string | null = null,
) {
  return {
    history: {
      ...{ kind, model },
      transcript: { prompt: 'Be.\n', settings: '', humanName: 'Ann', aiName: 'Bob', sentences: [] },
    },
    past: past.map((item, index) => ({
      ...{ id: `item_${index}`, item, turn: 1, position: index, bytes: 1, inputTokens: null },
    })),
    ...{ isCompacted: false, stored: [], held: null, turn: 2, position: 2, affinity: null },
  } satisfies TurnContext;
}

const unsaid: Omit<CreateResponseParams, 'conversationId' | 'previousResponseId'> = {
  ...{ input: [{ item: hi }], model: null, instructions: null, maxOutputTokens: null },
  ...{ maxToolCalls: null, temperature: null, topP: null, tools: [], toolChoice: 'auto' },
  ...{ parallelToolCalls: null, text: {}, reasoningEffort: null, topLogprobs: null },
  ...{
    truncation: 'auto',
    passedOn: {},
    metadata: {},
    store: true,
    background: false,
    stream: false,
  },
};

describe('what a model is asked', () => {
  const wanted = { tool_choice: 'auto', passthrough: {} };

  it.each<[ConversationKind, string]>([
    ['turbo', 'turbo-1'],
    ['gpt4', 'gpt4-1'],
  ])('is a chat in a conversation of the kind %s', (kind, model) => {
    const items = [said('system', 'S'), hi, call, output];
    expect(builder.build(contextOf(kind), unsaid, items)).toEqual({
      ...{ model, form: 'chat', instructions: ['Be.\n'], items, sampling: {}, wanted },
    });
    expect(builder.build(contextOf(kind), { ...unsaid, instructions: 'I' }, items)).toMatchObject({
      instructions: ['Be.\n'],
      instructionsOnce: 'I',
    });
  });

  it.each<[ConversationKind, string, string]>([
    ['gpt3', 'Human: Hi\nAI: Ho\nHuman: Hi', 'AI: '],
    ['role-play', 'Ann: Hi\nBob: Ho\nAnn: Hi', 'Bob: '],
  ])('is to go on with a text in a conversation of the kind %s', (kind, lines, next) => {
    const items = [said('developer', 'D'), hi, said('assistant', 'Ho'), said('system', 'S'), hi];
    const request = builder.build(contextOf(kind), { ...unsaid, instructions: 'I' }, items);
    expect(request).toMatchObject({ model: 'gpt3-1', form: 'text', instructions: [], wanted });
    expect(request.items).toEqual([said('user', `Be.\nD\nS\nI\n\n${lines}\n${next}`)]);
  });

  it('has no line for instructions that are not given', () => {
    expect(builder.build(contextOf('gpt3'), unsaid, [hi]).items).toEqual([
      said('user', 'Be.\n\nHuman: Hi\nAI: '),
    ]);
  });

  it.each<[string | null, string | null, string]>([
    ['asked', 'last', 'asked'],
    [null, 'last', 'last'],
    [null, null, 'turbo-1'],
  ])('is of the model %s, or %s, or the kind’s', (model, last, expected) => {
    const context = contextOf('turbo', [], last);
    const { builder: own, checked } = builderWith();
    expect(own.build(context, { ...unsaid, model }, [hi]).model).toBe(expected);
    expect(own.contextOf(context, { ...unsaid, model }, [hi]).model).toBe(expected);
    expect(checked).toEqual([expected]);
  });

  const f = { type: 'function' as const, name: 'f', parameters: {}, strict: null };
  const g = { type: 'custom', name: 'g' } as const;
  it.each<[Partial<CreateResponseParams>, object]>([
    [{}, {}],
    [{ maxOutputTokens: 5 }, { max_output_tokens: 5 }],
    [
      { temperature: 0, topP: 0 },
      { temperature: 0, top_p: 0 },
    ],
    [{ topLogprobs: 0 }, { top_logprobs: 0 }],
    [{ reasoningEffort: 'low' }, { reasoning_effort: 'low' }],
    [
      { tools: [f, g], toolChoice: 'required' },
      { tools: [f, g], tool_choice: 'required' },
    ],
    [{ toolChoice: { type: 'custom', name: 'g' } }, { tool_choice: { type: 'custom', name: 'g' } }],
    [
      {
        tools: [f, g],
        toolChoice: {
          type: 'allowed_tools',
          mode: 'required',
          tools: [{ type: 'custom', name: 'g' }],
        },
      },
      {
        tools: [f, g],
        tool_choice: {
          ...{ type: 'allowed_tools', mode: 'required' },
          tools: [{ type: 'custom', name: 'g' }],
        },
      },
    ],
    [
      { tools: [{ type: 'web_search' }], toolChoice: { type: 'web_search_preview' } },
      {
        tools: [{ type: 'hosted', tool: { type: 'web_search' } }],
        tool_choice: { type: 'hosted', choice: { type: 'web_search_preview' } },
      },
    ],
    [
      { reasoning: { summary: 'auto' }, include: ['web_search_call.results'] },
      { reasoning: { summary: 'auto' }, include: ['web_search_call.results'] },
    ],
    [{ parallelToolCalls: false }, { parallel_tool_calls: false }],
    [
      { text: { format: { type: 'json_object' }, verbosity: 'low' } },
      { format: { type: 'json_object' }, verbosity: 'low' },
    ],
    [{ text: { verbosity: null } }, {}],
    [{ passedOn: { seed: 1 } }, { passthrough: { seed: 1 } }],
    [{ maxToolCalls: 3 }, { max_tool_calls: 3 }],
    [{ store: false, metadata: { a: 'b' }, truncation: 'disabled' }, {}],
  ])('wants what is said, and nothing else: %j', (params, more) => {
    const request = builder.build(contextOf('turbo'), { ...unsaid, ...params }, [hi]);
    expect(request.wanted).toEqual({ ...wanted, ...more });
  });
});

describe('what a model is to be told', () => {
  it('is all of the history and the question, with every byte counted', () => {
    const context = contextOf('turbo', [hi, said('assistant', 'Hö')]);
    const params = { ...unsaid, instructions: 'I', maxOutputTokens: 5 };
    const { past, ...rest } = builder.contextOf(context, params, [hi]);
    expect(rest).toEqual({
      ...{ model: 'turbo-1', prompt: 'Be.\n\nI', question: [hi] },
      ...{ answerTokens: 5, truncation: 'auto', isShortenedThere: false },
      bytes: 6 + sizeOf([hi, said('assistant', 'Hö'), hi]),
    });
    expect(past()).toEqual(context.past);
  });
});

describe('what a caller gives', () => {
  const resolved = (context: TurnContext, params: Partial<CreateResponseParams>) => {
    const known = new Map([['item_1', call]]);
    return builderWith({}, known).builder.resolve(defaultCaller, context, { ...unsaid, ...params });
  };
  const image: Item = {
    ...{ type: 'message', role: 'user' },
    content: [{ type: 'input_image', image_url: 'u' }],
  };

  it('is what it refers to, and what it says', async () => {
    const input = [{ reference: 'item_1', path: 'input[0]' }, { item: output }, { item: image }];
    await expect(resolved(contextOf('turbo'), { input })).resolves.toEqual([call, output, image]);
  });

  it('may be nothing where there is a history', async () => {
    await expect(resolved(contextOf('turbo', [hi]), { input: [] })).resolves.toEqual([]);
  });

  it('may answer a call of the history', async () => {
    const input = [{ item: output }];
    await expect(resolved(contextOf('turbo', [call]), { input })).resolves.toEqual([output]);
  });

  it.each<[string, ConversationKind, Partial<CreateResponseParams>, string]>([
    ['nothing at all', 'turbo', { input: [] }, 'input'],
    [
      'a reference to nothing',
      'turbo',
      { input: [{ reference: 'x', path: 'input[0]' }] },
      'input[0]',
    ],
    ['an output without its call', 'turbo', { input: [{ item: output }] }, 'input'],
    ['an output before its call', 'gpt4', { input: [{ item: output }, { item: call }] }, 'input'],
    ['tools in a transcript', 'gpt3', { tools: [{ type: 'custom', name: 'g' }] }, 'tools'],
    [
      'a format in a transcript',
      'gpt3',
      { text: { format: { type: 'json_object' } } },
      'text.format',
    ],
    ['an image in a transcript', 'role-play', { input: [{ item: image }] }, 'input'],
    ['a call in a transcript', 'role-play', { input: [{ item: call }] }, 'input'],
  ])('is refused where it is %s', async (_what, kind, params, param) => {
    const refusal = resolved(contextOf(kind), params);
    await expect(refusal).rejects.toBeInstanceOf(InvalidFieldError);
    await expect(refusal).rejects.toMatchObject({ param });
  });

  it('may be texts in parts, and formatted as text, in a transcript', async () => {
    const item: Item = { ...image, content: [{ type: 'input_text', text: 'Hi' }] };
    const params = { input: [{ item }], text: { format: { type: 'text' as const } } };
    await expect(resolved(contextOf('gpt3'), params)).resolves.toEqual([item]);
  });
});

describe('the longest answer', () => {
  it.each([
    ['0', null, null],
    ['0', 9, 9],
    ['5', null, 5],
    ['5', 9, 5],
    ['5', 3, 3],
  ])('where the operator says %s and the caller %s is %s', (most, asked, longest) => {
    expect(builderWith({ V1_MAX_OUTPUT_TOKENS: most }).builder.longestAnswer(asked)).toBe(longest);
  });
});
