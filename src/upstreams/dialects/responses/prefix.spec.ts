import fc from 'fast-check';
import { toColumns, toItem } from '../../../conversations/item-mapper.js';
import { fromOutput, type Item, type OutputItem } from '../../../models/item.js';
import type { JsonObject } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { Prefix } from './prefix.js';

function kept(output: JsonObject): Item {
  return fromOutput(unsafeCast<OutputItem>(output));
}

function digestOf(items: readonly Item[], settings = 'm'): string {
  const prefix = new Prefix(() => settings);
  for (const item of items) prefix.add(item);
  return prefix.digest();
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const part = fc.oneof(
  fc.record({
    type: fc.constant('output_text'),
    text,
    annotations: fc.array(fc.record({ type: fc.constant('url_citation'), url: text }), {
      maxLength: 1,
    }),
    logprobs: fc.constant([]),
  }),
  fc.record({ type: fc.constant('refusal'), refusal: text }),
);

/** Items of an output as services write them. */
const outputItem: fc.Arbitrary<JsonObject> = fc.oneof(
  fc.record(
    {
      id: fc.constant('msg_1'),
      type: fc.constant('message'),
      status: fc.constant('completed'),
      role: fc.constant('assistant'),
      content: fc.array(part, { minLength: 1, maxLength: 3 }),
      phase: fc.constantFrom('commentary', 'final_answer', null),
    },
    { requiredKeys: ['id', 'type', 'status', 'role', 'content'] },
  ),
  fc.record({
    id: fc.constant('rs_1'),
    type: fc.constant('reasoning'),
    summary: fc.array(fc.record({ type: fc.constant('summary_text'), text }), { maxLength: 2 }),
    encrypted_content: text,
  }),
  fc.record({
    id: fc.constant('fc_1'),
    type: fc.constant('function_call'),
    status: fc.constant('completed'),
    call_id: text,
    name: text,
    arguments: text,
  }),
  fc.record({
    id: fc.constant('x_1'),
    type: fc.constantFrom('web_search_call', 'something_new'),
    status: fc.constant('completed'),
    deep: fc.jsonValue(),
  }),
);

/** As an item is written to a database and read again. */
function keptAndRead(item: Item): Item {
  const columns = toColumns({ ...item, origin: { id: 'x', prefix: 'p', organization: 'o' } });
  return toItem(columns);
}

describe('the digest of what a model is told', () => {
  it('is the same for what came and what is read again', () => {
    fc.assert(
      fc.property(fc.array(outputItem, { maxLength: 5 }), (output) => {
        const came = output.map(kept);
        expect(digestOf(came.map(keptAndRead))).toBe(digestOf(came));
      }),
    );
  });

  it('is the same for a text that is one part and one that is not in parts', () => {
    const parts = [{ type: 'output_text' as const, text: 'Hi', annotations: [], logprobs: [] }];
    const one: Item = { type: 'message', role: 'assistant', content: parts };
    expect(digestOf([one])).toBe(digestOf([{ ...one, content: 'Hi' }]));
  });

  it('differs for items that say something else', () => {
    fc.assert(
      fc.property(outputItem, outputItem, (one, other) => {
        const [said, otherSaid] = [kept(one), kept(other)];
        fc.pre(JSON.stringify(saidBy(said)) !== JSON.stringify(saidBy(otherSaid)));
        expect(digestOf([said])).not.toBe(digestOf([otherSaid]));
      }),
    );
  });

  it('differs for another order, for less and for other settings', () => {
    const one: Item = { type: 'message', role: 'user', content: 'one' };
    const two: Item = { type: 'message', role: 'user', content: 'two' };
    const deep = (inner: object): Item => unsafeCast<Item>({ type: 'new_call', inner });
    const digests = [
      digestOf([deep({ id: 1 })]),
      digestOf([deep({ id: 2 })]),
      digestOf([one, two]),
      digestOf([two, one]),
      digestOf([one]),
      digestOf([{ ...one, content: 'onetwo' }]),
      digestOf([{ ...one, role: 'developer' }, two]),
      digestOf([one, two], 'other'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('begins again with a compaction, of which no two are alike', () => {
    const compaction = (sealed: string): Item =>
      unsafeCast<Item>({ type: 'compaction', encrypted_content: sealed });
    const one: Item = { type: 'message', role: 'user', content: 'one' };
    expect(digestOf([one, compaction('a')])).toBe(digestOf([compaction('a')]));
    expect(digestOf([compaction('a')])).not.toBe(digestOf([compaction('b')]));
  });

  it('goes on after it was looked at', () => {
    const one: Item = { type: 'message', role: 'user', content: 'one' };
    const prefix = new Prefix(() => 'm');
    const before = prefix.digest();
    expect(prefix.digest()).toBe(before);
    prefix.add(one);
    expect(prefix.digest()).toBe(digestOf([one]));
  });
});

/** Without what is only about an item. */
function saidBy(item: Item): unknown {
  const { status, phase, ...said } = unsafeCast<JsonObject>(item);
  return { ...said, phase: phase ?? null };
}
