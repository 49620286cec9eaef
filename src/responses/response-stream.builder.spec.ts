import type { ModelEvent } from '../models/model-event.js';
import { IdSource } from '../platform/ids/id-source.js';
import { UpstreamAnswerTooLargeError } from '../upstreams/upstream.errors.js';
import type { ResponseEvent } from './response-body.js';
import { ResponseStreamBuilder, type Status } from './response-stream.builder.js';

class CountedIds extends IdSource {
  private count = 0;

  next(prefix: string): string {
    this.count += 1;
    return `${prefix}_${this.count}`;
  }
}

const first = 7;
const frame = 4_096;

function build(events: readonly ModelEvent[], status: Status = 'completed', longest = Infinity) {
  const emitted: ResponseEvent[] = [];
  let number = first;
  const builder = new ResponseStreamBuilder(
    new CountedIds(),
    (event) => emitted.push(event),
    () => number++,
    longest,
  );
  for (const event of events) builder.add(event);
  const { isEmpty } = builder;
  return { emitted, isEmpty, items: builder.finish(status) };
}

type Fields = Record<string, unknown>;

/** An event as one line: its type, where it belongs and what it says. */
function lineOf(event: ResponseEvent): string {
  const { type, ...said } = event as unknown as Record<string, string> & { type: string };
  const { output_index: output, content_index: content } = said;
  const of = (said['item'] ?? said['part']) as { type: string; status?: string } | undefined;
  const words = ['delta', 'text', 'refusal', 'arguments', 'input'].map((name) => said[name]);
  const what = of
    ? [of.type, of.status].filter(Boolean).join(' ')
    : (words.find((word) => word !== undefined) ?? JSON.stringify(said['annotation']));
  const place = content === undefined ? output : `${output}.${content}`;
  return `${type.replace('response.', '')} ${place} ${what}`;
}

const text = (said: string, logprobs: object[] = []): ModelEvent => ({
  ...{ type: 'text', text: said, logprobs },
});
const refusal = (said: string): ModelEvent => ({ type: 'refusal', text: said });
const thought = (said: string, details: unknown[] = []): ModelEvent => ({
  ...{ type: 'reasoning', text: said, details },
});
const cited = (...annotations: unknown[]): ModelEvent => ({ type: 'annotations', annotations });
const call = (index: number, kind: 'function' | 'custom' = 'function', id = 'c'): ModelEvent => ({
  ...{ type: 'call', call: index, kind, id, name: 'f' },
});
const argued = (index: number, said: string): ModelEvent => ({
  ...{ type: 'arguments', call: index, text: said },
});
const extra = (index: number): ModelEvent => ({ type: 'extra', call: index, extra: { sign: 's' } });

const cases: [string, ModelEvent[], string[]][] = [
  ['nothing', [], []],
  [
    'a text in pieces',
    [text('H'), text('i')],
    [
      'output_item.added 0 message in_progress',
      'content_part.added 0.0 output_text',
      'output_text.delta 0.0 H',
      'output_text.delta 0.0 i',
      'output_text.done 0.0 Hi',
      'content_part.done 0.0 output_text',
      'output_item.done 0 message completed',
    ],
  ],
  [
    'a text whose last piece is held back until the end',
    [text('H'), text('\r')],
    [
      'output_item.added 0 message in_progress',
      'content_part.added 0.0 output_text',
      'output_text.delta 0.0 H',
      'output_text.delta 0.0 \n',
      'output_text.done 0.0 H\n',
      'content_part.done 0.0 output_text',
      'output_item.done 0 message completed',
    ],
  ],
  [
    'a refusal among a text, as two parts of one message',
    [text('a'), refusal('no'), text('b')],
    [
      'output_item.added 0 message in_progress',
      'content_part.added 0.0 output_text',
      'output_text.delta 0.0 a',
      'content_part.added 0.1 refusal',
      'refusal.delta 0.1 no',
      'output_text.delta 0.0 b',
      'output_text.done 0.0 ab',
      'content_part.done 0.0 output_text',
      'refusal.done 0.1 no',
      'content_part.done 0.1 refusal',
      'output_item.done 0 message completed',
    ],
  ],
  [
    'a thought, which ends where the text begins',
    [thought('H'), thought('m'), text('a')],
    [
      'output_item.added 0 reasoning in_progress',
      'content_part.added 0.0 reasoning_text',
      'reasoning_text.delta 0.0 H',
      'reasoning_text.delta 0.0 m',
      'reasoning_text.done 0.0 Hm',
      'content_part.done 0.0 reasoning_text',
      'output_item.done 0 reasoning completed',
      'output_item.added 1 message in_progress',
      'content_part.added 1.0 output_text',
      'output_text.delta 1.0 a',
      'output_text.done 1.0 a',
      'content_part.done 1.0 output_text',
      'output_item.done 1 message completed',
    ],
  ],
  [
    'a thought after a text, which ends the message',
    [text('a'), thought('H')],
    [
      'output_item.added 0 message in_progress',
      'content_part.added 0.0 output_text',
      'output_text.delta 0.0 a',
      'output_text.done 0.0 a',
      'content_part.done 0.0 output_text',
      'output_item.done 0 message completed',
      'output_item.added 1 reasoning in_progress',
      'content_part.added 1.0 reasoning_text',
      'reasoning_text.delta 1.0 H',
      'reasoning_text.done 1.0 H',
      'content_part.done 1.0 reasoning_text',
      'output_item.done 1 reasoning completed',
    ],
  ],
  [
    'annotations, which are numbered through',
    [text('a'), cited({ type: 'x' }), cited(1)],
    [
      'output_item.added 0 message in_progress',
      'content_part.added 0.0 output_text',
      'output_text.delta 0.0 a',
      'output_text.annotation.added 0.0 {"type":"x"}',
      'output_text.annotation.added 0.0 1',
      'output_text.done 0.0 a',
      'content_part.done 0.0 output_text',
      'output_item.done 0 message completed',
    ],
  ],
  [
    'two calls at once after a text, which end with the answer',
    [text('a'), call(0), argued(0, '{'), call(1, 'custom'), argued(1, 'x'), argued(0, '}')],
    [
      'output_item.added 0 message in_progress',
      'content_part.added 0.0 output_text',
      'output_text.delta 0.0 a',
      'output_text.done 0.0 a',
      'content_part.done 0.0 output_text',
      'output_item.done 0 message completed',
      'output_item.added 1 function_call in_progress',
      'function_call_arguments.delta 1 {',
      'output_item.added 2 custom_tool_call in_progress',
      'custom_tool_call_input.delta 2 x',
      'function_call_arguments.delta 1 }',
      'function_call_arguments.done 1 {}',
      'output_item.done 1 function_call completed',
      'custom_tool_call_input.done 2 x',
      'output_item.done 2 custom_tool_call completed',
    ],
  ],
  [
    'a text after a call, as a message behind it',
    [call(0), text('a')],
    [
      'output_item.added 0 function_call in_progress',
      'output_item.added 1 message in_progress',
      'content_part.added 1.0 output_text',
      'output_text.delta 1.0 a',
      'output_text.done 1.0 a',
      'content_part.done 1.0 output_text',
      'output_item.done 1 message completed',
      'function_call_arguments.done 0 ',
      'output_item.done 0 function_call completed',
    ],
  ],
  ['arguments and extras of a call that never began', [argued(3, '{}'), extra(3)], []],
  [
    'a thought that has details only',
    [thought('', [{ type: 'reasoning.encrypted', data: 'A' }])],
    ['output_item.added 0 reasoning in_progress', 'output_item.done 0 reasoning completed'],
  ],
];

describe('the events of an answer', () => {
  it.each(cases)('tell %s', (_what, events, lines) => {
    const { emitted, items } = build(events);
    expect(emitted.map(lineOf)).toEqual(lines);
    expect(emitted.map((event) => event.sequence_number)).toEqual(
      lines.map((_line, index) => first + index),
    );
    const ended = emitted.flatMap((event) =>
      event.type === 'response.output_item.done' ? [event] : [],
    );
    ended.sort((one, other) => one.output_index - other.output_index);
    expect(items).toEqual(ended.map(({ item }) => item));
  });

  it('name the item that they belong to', () => {
    const { emitted } = build([thought('H'), text('a'), refusal('b'), call(0), argued(0, '{}')]);
    const ids = ['rs_1', 'msg_2', 'fc_3'];
    for (const event of emitted as unknown as Fields[]) {
      const item = event['item'] as { id: string } | undefined;
      expect(item?.id ?? event['item_id']).toBe(ids[Number(event['output_index'])]);
    }
  });

  it('show a part as it was then', () => {
    const parts = build([text('a')]).emitted.flatMap((event) =>
      event.type.startsWith('response.content_part') && 'part' in event ? [event.part] : [],
    );
    const part = { type: 'output_text', annotations: [], logprobs: [] };
    expect(parts).toEqual([
      { ...part, text: '' },
      { ...part, text: 'a' },
    ]);
  });

  it('count the annotations of a part', () => {
    const { emitted } = build([cited('a', 'b'), cited('c')]);
    const added = emitted.flatMap((event) =>
      event.type === 'response.output_text.annotation.added' ? [event.annotation_index] : [],
    );
    expect(added).toEqual([0, 1, 2]);
  });
});

describe('the items of an answer', () => {
  it('have the probabilities and annotations of all pieces of their text', () => {
    const url = { type: 'url_citation', url_citation: { url: 'u', title: 't' } };
    const { items } = build([text('a', [{ p: 1 }]), cited(url, { type: 'flat' }), text('b', [{}])]);
    const annotations = [{ type: 'url_citation', url: 'u', title: 't' }, { type: 'flat' }];
    expect(items).toEqual([
      {
        ...{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed' },
        content: [{ type: 'output_text', text: 'ab', annotations, logprobs: [{ p: 1 }, {}] }],
      },
    ]);
  });

  it('have the probabilities of a text that was held back with what comes next of it', () => {
    const events = ['a', '\r', 'b'].map((said) => text(said, [{ token: said }]));
    const emitted = build(events).emitted.filter(
      ({ type }) => type === 'response.output_text.delta',
    );
    const tokens = emitted.flatMap(
      (event) => (event as unknown as { logprobs: object[] }).logprobs,
    );
    expect(tokens).toEqual([{ token: 'a' }, { token: '\r' }, { token: 'b' }]);
  });

  it('have what a service wants back with a call of a custom tool, too', () => {
    const extra = { type: 'extra' as const, call: 0, extra: { s: 1 } };
    expect(build([call(0, 'custom'), extra]).items).toMatchObject([{ extra_content: { s: 1 } }]);
  });

  it('have the id that the model gave a call, or else one of their own', () => {
    const { items } = build([call(0), call(1, 'custom', ''), argued(1, 'x')]);
    const shared = { name: 'f', status: 'completed' };
    expect(items).toEqual([
      { ...shared, type: 'function_call', id: 'fc_1', call_id: 'c', arguments: '' },
      { ...shared, type: 'custom_tool_call', id: 'ctc_2', call_id: 'call_3', input: 'x' },
    ]);
  });

  it('have what a service wants back with a call, and no member for it elsewhere', () => {
    const { items } = build([call(0), call(1), extra(1)]);
    expect(items[0]).not.toHaveProperty('extra_content');
    expect(items[1]).toHaveProperty('extra_content', { sign: 's' });
  });

  it('have no content but the details where a thought is sealed', () => {
    const sealed = { type: 'reasoning.encrypted', data: 'A' };
    const { items } = build([thought('', [sealed, 'not a detail'])]);
    expect(items).toEqual([
      {
        ...{ type: 'reasoning', id: 'rs_1', status: 'completed', summary: [], content: [] },
        reasoning_details: [sealed],
      },
    ]);
  });

  it.each<Status>(['completed', 'incomplete'])(
    'that are open at the end are as the answer is: %s',
    (status) => {
      const statuses = (events: ModelEvent[]) =>
        build(events, status).items.map((item) => 'status' in item && item.status);
      expect(statuses([text('a')])).toEqual([status]);
      expect(statuses([thought('a')])).toEqual([status]);
      expect(statuses([thought('a'), text('b'), call(0), call(1, 'custom')])).toEqual([
        ...['completed', 'completed'],
        ...[status, status],
      ]);
    },
  );
});

describe('an answer', () => {
  it.each<[string, ModelEvent[], boolean]>([
    ['nothing', [], true],
    ['thoughts', [thought('a')], true],
    ['a text', [text('a')], false],
    ['a refusal', [refusal('a')], false],
    ['a call', [call(0)], false],
    ['thoughts and a call', [thought('a'), call(0, 'custom')], false],
    ['annotations', [{ type: 'annotations', annotations: [{ type: 'url_citation' }] }], true],
  ])('of %s is empty: %s', (_what, events, isEmpty) => {
    expect(build(events).isEmpty).toBe(isEmpty);
  });

  it.each<[string, ModelEvent[], number]>([
    ['texts', [text('abc'), text('d')], frame + 4],
    ['probabilities', [text('a', [{}])], frame + 1 + 4],
    ['refusals', [text('a'), refusal('bc')], frame + 3],
    ['annotations', [cited('abc')], frame + 7],
    ['thoughts', [thought('ab'), thought('c')], frame + 3],
    ['details of thoughts', [thought('', [{}])], frame + 4],
    ['names and arguments', [call(0), argued(0, '{}')], frame + 3],
    ['extras', [call(0), extra(0)], frame + 1 + 12],
    ['every item', [text('a'), thought('b'), call(0), call(1)], 4 * frame + 4],
  ])('is too large one character beyond the bound: %s', (_what, events, size) => {
    expect(() => build(events, 'completed', size)).not.toThrow();
    expect(() => build(events, 'completed', size - 1)).toThrow(UpstreamAnswerTooLargeError);
  });

  it('that is too large is told no further', () => {
    const emitted: ResponseEvent[] = [];
    const builder = new ResponseStreamBuilder(
      new CountedIds(),
      (event) => emitted.push(event),
      () => 0,
      frame,
    );
    expect(() => {
      builder.add(text('a'));
    }).toThrow(UpstreamAnswerTooLargeError);
    expect(emitted).toEqual([]);
  });
});
