import fc from 'fast-check';
import { accumulateResponse } from 'openai/lib/responses/ResponseAccumulator';
import type { ResponseStreamEvent } from 'openai/resources/responses/responses';
import { eventsOf } from '../../../../tools/simulator/responses/item-events.js';
import type { Item as ScriptedItem } from '../../../../tools/simulator/responses/items.js';
import type { ModelEvent } from '../../../models/model-event.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { AnsweredError } from '../answered-error.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { classify } from '../../retry/call-failure.js';
import { Prefix } from './prefix.js';
import { ResponseDecoder } from './response-decoder.js';

type Value = Record<string, unknown>;

const usage = {
  input_tokens: 5,
  input_tokens_details: { cached_tokens: 2, cache_write_tokens: 4 },
  output_tokens: 3,
  output_tokens_details: { reasoning_tokens: 1 },
};

function message(content: string, more: Value = {}): ScriptedItem {
  const part = { type: 'output_text', text: content, annotations: [], logprobs: [] };
  return {
    ...{ type: 'message', id: `msg_${content}`, status: 'completed', role: 'assistant' },
    ...{ content: [part], ...more },
  };
}
const reasoning: ScriptedItem = {
  ...{ type: 'reasoning', id: 'rs_1', encrypted_content: 'sealed' },
  summary: [{ type: 'summary_text', text: 'Thinking' }],
};
const call: ScriptedItem = {
  ...{ type: 'function_call', id: 'fc_1', status: 'completed' },
  ...{ call_id: 'call_1', name: 'f', arguments: '{"a":"long enough"}' },
};
const custom: ScriptedItem = {
  ...{ type: 'custom_tool_call', id: 'ctc_1', status: 'completed' },
  ...{ call_id: 'call_2', name: 'c', input: 'any text at all' },
};
const search: ScriptedItem = {
  ...{ type: 'web_search_call', id: 'ws_1', status: 'completed' },
  action: { type: 'search', query: 'x' },
};
const unknown: ScriptedItem = { type: 'something_new', id: 'new_1', deep: { a: [1] } };
const refusal: ScriptedItem = {
  ...{ type: 'message', id: 'msg_no', status: 'completed', role: 'assistant' },
  content: [{ type: 'refusal', refusal: 'No.' }],
};
const all = [reasoning, search, message('Let me see', { phase: 'commentary' }), reasoning]
  .concat(call, custom, unknown, refusal, message('Done', { phase: 'final_answer' }))
  .map((item, index): ScriptedItem => ({ ...item, id: `${String(item['id'])}_${index}` }));

/** All events of a stream, its end as well. */
function stream(output: readonly ScriptedItem[], final: Value = {}): Value[] {
  const items = output.flatMap((item, index) =>
    [...eventsOf(item)].map((event) => ({
      ...event,
      output_index: index,
      ...('item' in event ? {} : { item_id: item['id'] }),
    })),
  );
  return [
    { type: 'response.created', response: { status: 'in_progress', output: [] } },
    ...items,
    ended(output, final),
  ];
}

function ended(output: readonly ScriptedItem[], final: Value = {}): Value {
  return { type: 'response.completed', response: { status: 'completed', output, usage, ...final } };
}

function decoded(events: readonly Value[]) {
  const decoder = new ResponseDecoder(new Prefix(() => 'm'));
  const said = events.flatMap((value) => decoder.read({ data: '', value }) ?? []);
  return { decoder, said };
}

function added(): Value {
  const item = { ...message('Hello'), content: [], status: 'in_progress' };
  return { type: 'response.output_item.added', output_index: 0, item };
}

function deltas(): Value[] {
  return ['Hel', 'lo'].map((delta) => ({
    ...{ type: 'response.output_text.delta', output_index: 0, content_index: 0, delta },
    item_id: 'msg_Hello',
  }));
}

/** As the official client wants it: whatever is told of an item is told once it has begun, and once. */
function expectInOrder(said: readonly ModelEvent[]): void {
  const created = { type: 'response.created', response: { output: [] } };
  let snapshot = accumulateResponse(unsafeCast<ResponseStreamEvent>(created));
  /** As their callers are told them: in the order in which they begin. */
  const places: number[] = [];
  const ends = new Map<number, unknown>();
  for (const event of said) {
    if (!('step' in event)) continue;
    const { type, output_index: index, item } = event.step;
    if (!places.includes(index)) places.push(index);
    const output_index = places.indexOf(index);
    expect(ends.has(output_index)).toBe(false);
    if (type === 'response.output_item.done') ends.set(output_index, item);
    const step = unsafeCast<ResponseStreamEvent>({ ...event.step, output_index });
    snapshot = accumulateResponse(step, snapshot);
  }
  expect(snapshot.output).toEqual(places.map((_, place) => ends.get(place)));
}

function itemsIn(said: readonly ModelEvent[]) {
  return said.flatMap((event) =>
    event.type === 'item' ? [{ item: event.item, origin: event.origin }] : [],
  );
}

function textIn(said: readonly ModelEvent[]): string {
  return said.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

function whole(output: readonly ScriptedItem[], final: Value = {}) {
  const decoder = new ResponseDecoder(new Prefix(() => 'm'));
  const value = { status: 'completed', output, usage, ...final };
  return { decoder, said: decoder.readWhole({ data: '', value }) };
}

describe('a response', () => {
  it('is kept item by item, under its ids, with what each was made behind', () => {
    const items = itemsIn(decoded(stream(all)).said);
    expect(items.map(({ item }) => item.type)).toEqual(all.map(({ type }) => type));
    expect(items.map(({ origin }) => origin.id)).toEqual(all.map(({ id }) => id));
    const ids = all.map(({ id }) => id);
    expect(items.map(({ origin }) => origin.after)).toEqual([null, ...ids.slice(0, -1)]);
    const [first, , , second] = ids;
    expect(items.map(({ origin }) => origin.thought)).toEqual([
      ...[null, first, first, first],
      ...[second, second, second, second, second],
    ]);
    const digests = items.map(({ origin }) => origin.prefix);
    expect(digests.filter((digest) => digest !== null)).toHaveLength(2);
    expect(digests[0]).toBe(new Prefix(() => 'm').digest());
    expect(digests[3]).not.toBe(digests[0]);
    expect(items[1]?.item).toEqual({ ...search, id: undefined });
    expect(items[2]?.item).toEqual({
      ...{ type: 'message', role: 'assistant' },
      ...{ content: 'Let me see', phase: 'commentary' },
    });
  });

  it('is the same whole, streamed, and streamed with whatever events left out', () => {
    const expected = itemsIn(whole(all).said);
    const events = stream(all);
    expect(itemsIn(decoded(events).said)).toEqual(expected);
    expect(itemsIn(decoded([ended(all)]).said)).toEqual(expected);
    const isKept = fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length });
    fc.assert(
      fc.property(isKept, (kept) => {
        const some = events.filter((event, index) => kept[index] || event === events.at(-1));
        const items = itemsIn(decoded(some).said);
        expect(items.map(({ item }) => item)).toHaveLength(all.length);
        expect(new Set(items.map(({ origin }) => origin.id))).toEqual(
          new Set(all.map(({ id }) => id)),
        );
      }),
    );
  });

  it('says every text once, with a blank line between two messages', () => {
    const text = 'Let me see\n\nDone';
    expect(textIn(whole(all).said)).toBe(text);
    expect(textIn(decoded(stream(all)).said)).toBe(text);
    const withoutDeltas = stream(all).filter(({ type }) => !String(type).endsWith('.delta'));
    expect(textIn(decoded(withoutDeltas).said)).toBe(text);
    const refusals = decoded(stream(all)).said.filter(({ type }) => type === 'refusal');
    expect(refusals).toHaveLength(1);
  });

  it('tells what did not come of an item that had begun, and nothing twice', () => {
    const item = message('Hello');
    const events = stream([item]);
    for (let cut = 1; cut < events.length - 1; cut += 1) {
      const { said } = decoded([...events.slice(0, cut), ended([item])]);
      const types = said.flatMap((event) => ('step' in event ? [event.step.type] : []));
      for (const once of ['output_item.added', 'content_part.added', 'output_item.done']) {
        expect(types.filter((type) => type === `response.${once}`)).toHaveLength(1);
      }
      expect(textIn(said)).toBe('Hello');
    }
  });

  it('is counted, and what else is said of it is told', () => {
    const final = {
      service_tier: 'flex',
      moderation: null,
      cache_miss: { reason: 'tools_changed' },
      input_transformations: [
        { type: 'reasoning', action: 'removed', id: 'rs_1', reason: 'prefix_mismatch' },
        { type: 'reasoning', action: 'kept', id: 'rs_2' },
        { type: 'reasoning', action: 'removed', id: 'rs_3' },
      ],
    };
    for (const { decoder } of [decoded(stream(all, final)), whole(all, final)]) {
      expect(decoder).toMatchObject({
        finish: 'stop',
        isFinished: true,
        usage: {
          inputTokens: 5,
          cachedTokens: 2,
          cacheWriteTokens: 4,
          outputTokens: 3,
          reasoningTokens: 1,
        },
        removed: ['prefix_mismatch', 'unknown'],
      });
      expect(decoder.remarks).toEqual({
        service_tier: 'flex',
        cache_miss: { reason: 'tools_changed' },
      });
    }
  });

  it.each([
    ['max_output_tokens', 'length'],
    ['content_filter', 'content_filter'],
    ['max_messages', 'length'],
  ])('may be incomplete: %s', (reason, finish) => {
    const incomplete_details = { reason };
    const response = { status: 'incomplete', incomplete_details, output: [message('Hel')] };
    const { decoder, said } = decoded([{ type: 'response.incomplete', response }]);
    expect(decoder.finish).toBe(finish);
    expect(textIn(said)).toBe('Hel');
  });

  it('is not finished before its end, and then settled', () => {
    const events = stream(all);
    const { decoder } = decoded(events.slice(0, -1));
    expect([decoder.isFinished, decoder.isSettled]).toEqual([false, false]);
    decoder.read({ data: '', value: events.at(-1)! });
    expect([decoder.isFinished, decoder.isSettled, decoder.hasGoneOn]).toEqual([true, true, false]);
  });

  it('is none where it is cut short', () => {
    expect(() => whole([], { status: 'in_progress' })).toThrow(TruncatedAnswerError);
    expect(() => whole([], { output: undefined })).toThrow(TruncatedAnswerError);
    expect(() =>
      decoded([{ type: 'response.cancelled', response: { status: 'cancelled', output: [] } }]),
    ).toThrow(TruncatedAnswerError);
  });

  it('has nothing in events that nobody knows', () => {
    const { said } = decoded([
      {},
      { type: 'response.queued', response: { status: 'queued' } },
      { type: 'keepalive', sequence_number: 3 },
      { type: 'response.output_item.done', output_index: 0, item: 'none' },
      // Of an item that nobody knows yet.
      { type: 'response.new_thing.delta', output_index: 0, delta: 'x' },
    ]);
    expect(said).toEqual([]);
    const step = { type: 'response.new_thing.delta', output_index: 0, delta: 'x' };
    const begun = { type: 'response.output_item.added', output_index: 0, item: unknown };
    expect(decoded([begun, step]).said.at(-1)).toEqual({ type: 'step', step });
  });

  it.each([undefined, null, '0', { toString: 1, valueOf: 1 }])(
    'is of the first part in events that have %j in the place of its number',
    (number) => {
      const numbers = { content_index: number, summary_index: number };
      const events = deltas().map((event) => ({ ...event, ...numbers }));
      const item = message('Hello');
      const { said } = decoded([added(), ...events, ended([item])]);
      const types = said.flatMap((event) => ('step' in event ? [event.step.type] : []));
      const expected = decoded([added(), ...deltas(), ended([item])]).said;
      expect(types).toEqual(expected.flatMap((event) => ('step' in event ? event.step.type : [])));
      expect(textIn(said)).toBe('Hello');
    },
  );

  it('may begin an item whose type is none', () => {
    const begun = { ...added(), item: { type: { toString: 1, valueOf: 1 } } };
    expect(decoded([begun, ...deltas(), ended([message('Hello')])]).said).not.toEqual([]);
  });

  it('is told in the order of the API, whatever events are left out, come late or twice', () => {
    const events = stream(all).slice(0, -1);
    const changes = fc.array(fc.constantFrom('kept', 'kept', 'left out', 'twice', 'late'), {
      ...{ minLength: events.length, maxLength: events.length },
    });
    fc.assert(
      fc.property(changes, (changed) => {
        const late: Value[] = [];
        const sent = events.flatMap((event, index) => {
          if (changed[index] === 'late') late.push(event);
          if (changed[index] === 'kept') return [event];
          return changed[index] === 'twice' ? [event, event] : [];
        });
        const { said } = decoded([...sent, ended(all), ...late]);
        expectInOrder(said);
      }),
    );
  });

  it.each<[string, Value[]]>([
    ['without another event', []],
    ['with its words alone', deltas()],
    ['begun with all of it', [{ ...added(), item: message('Hello') }]],
    ['begun after its words', [...deltas(), added()]],
    ['without the beginning of its part', [added(), ...deltas()]],
  ])('is one message that has ended, %s', (_, events) => {
    const item = message('Hello');
    const done = { type: 'response.output_item.done', output_index: 0, item };
    for (const end of [ended([item]), ended([]), ended([item], { output: undefined })]) {
      const { said } = decoded([...events, done, done, ...deltas(), end, ...deltas(), end]);
      expectInOrder(said);
      expect(textIn(said)).toBe('Hello');
      expect(itemsIn(said)).toHaveLength(1);
    }
  });

  it.each([
    ['function_call_arguments', 'arguments', call],
    ['custom_tool_call_input', 'input', custom],
  ])('has all of a call once, however it comes: %s', (kind, name, item) => {
    const events = stream([item]);
    const added = { type: 'response.output_item.added', output_index: 0, item };
    const done = { type: 'response.output_item.done', output_index: 0, item };
    const twice = events.flatMap((event) => {
      return String(event['type']).endsWith('.delta') ? [event] : [event, event];
    });
    const ways = [[done], [added], [added, done], events, twice];
    for (const sent of [[], ...ways]) {
      const { said } = decoded([...sent, ended([item])]);
      expectInOrder(said);
      const steps = said.flatMap((event) => ('step' in event ? [event.step] : []));
      const deltas = steps.filter(({ type }) => type === `response.${kind}.delta`);
      expect(deltas.map(({ delta }) => delta).join('')).toBe(item[name]);
      const ends = steps.filter(({ type }) => type === `response.${kind}.done`);
      expect(ends.map((end) => end[name])).toEqual([item[name]]);
      expect(steps[0]).toMatchObject({ item: { [name]: '' } });
    }
  });

  it('is none whose words or calls are of no item', () => {
    for (const events of [[added(), ...deltas()], deltas(), [{ ...added(), item: call }]]) {
      expect(() => decoded([...events, ended([])])).toThrow(TruncatedAnswerError);
    }
    const thought = { ...added(), item: reasoning };
    expect(decoded([thought, ended([])]).decoder.finish).toBe('stop');
    const cut = (reason: string) => ({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason }, output: [] },
    });
    const length = cut('max_output_tokens');
    expect(decoded([{ ...added(), item: call }, length]).decoder.finish).toBe('length');
    expect(() => decoded([...deltas(), length])).toThrow(TruncatedAnswerError);
    expect(decoded([...deltas(), cut('content_filter')]).decoder.finish).toBe('content_filter');
  });
});

describe('a failure within an answer', () => {
  const failed = (code: string | null) => [
    [{ type: 'response.failed', response: { status: 'failed', error: { code, message: 'Why' } } }],
    [{ type: 'error', code, message: 'Why', param: null }],
  ];

  function failureOf(events: readonly Value[]): unknown {
    try {
      decoded(events);
    } catch (error) {
      return error;
    }
    return null;
  }

  it.each<[string | null, object]>([
    ['server_error', { type: 'fault' }],
    ['rate_limit_exceeded', { type: 'key', outcome: { type: 'rate-limited' } }],
    ['insufficient_quota', { type: 'key', outcome: { type: 'quota-exhausted' } }],
    ['invalid_api_key', { type: 'key', outcome: { type: 'rejected' } }],
    ['invalid_prompt', { type: 'request', reason: 'Why' }],
    ['invalid_image_url', { type: 'request' }],
    ['failed_to_download_image', { type: 'request' }],
    ['bio_policy', { type: 'request' }],
    ['data_residency_mismatch', { type: 'request' }],
    ['context_length_exceeded', { type: 'request', code: 'context_length_exceeded' }],
    ['vector_store_timeout', { type: 'unserved' }],
    ['something_new', { type: 'unserved' }],
    [null, { type: 'unserved' }],
  ])('is sorted by its code: %s', (code, expected) => {
    for (const events of failed(code)) {
      const error = failureOf(events);
      expect(error).toBeInstanceOf(AnsweredError);
      expect(error).toMatchObject({ reason: 'Why' });
      expect(classify(error)).toMatchObject(expected);
    }
  });

  it('is one without a word too', () => {
    const error = failureOf([{ type: 'response.failed', response: { status: 'failed' } }]);
    expect(classify(error)).toEqual({ type: 'unserved' });
  });
});

describe('a whole answer of which no events are wanted', () => {
  it('is its items, each with its words', () => {
    const decoder = new ResponseDecoder(new Prefix(() => 'm'), false);
    const message = (text: string) => ({
      ...{ type: 'message', role: 'assistant', id: `msg_${text}`, status: 'completed' },
      content: [{ type: 'output_text', text, annotations: [] }],
    });
    const call = { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' };
    const value = { status: 'completed', output: [message('a'), call, message('b')] };
    const events = decoder.readWhole({ data: JSON.stringify(value), value });
    expect(events).toMatchObject([
      { type: 'item', words: 'a', origin: { id: 'msg_a' } },
      { type: 'item', item: { type: 'function_call', name: 'f' }, origin: { id: 'fc_1' } },
      { type: 'item', words: '\n\nb' },
    ]);
    expect(events).toHaveLength(3);
    expect(decoder.finish).toBe('stop');
  });
});
