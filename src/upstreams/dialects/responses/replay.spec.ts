import type { Item, Origin } from '../../../models/item.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import type { Recipient } from '../dialect.js';
import { Prefix } from './prefix.js';
import { replay } from './replay.js';

const settings = () => 'model and tools';
const anyone: Pick<Recipient, 'isOf' | 'refusesThoughts'> = {
  isOf: () => true,
  refusesThoughts: false,
};

const user = (content: string): Item => ({ type: 'message', role: 'user', content });
const other = (item: object): Item => unsafeCast<Item>(item);

/** An answer as it is kept: its items with what its service gave them, made behind others. */
function answer(behind: readonly Item[], items: readonly Item[], organization = 'org-a'): Item[] {
  const prefix = new Prefix(settings);
  for (const item of behind) prefix.add(item);
  let latest: Pick<Origin, 'after' | 'thought'> = { after: null, thought: null };
  return items.map((item, index) => {
    const id = `${item.type}_${behind.length + index}`;
    const isThought = item.type === 'reasoning';
    const origin = { id, prefix: isThought ? prefix.digest() : null, organization, ...latest };
    latest = { after: id, thought: isThought ? id : (latest.thought ?? null) };
    prefix.add(item);
    return { ...item, origin };
  });
}

const thought = (sealed = 'sealed'): Item => ({
  ...{ type: 'reasoning', summary: [] },
  encrypted_content: sealed,
});
const said = (content: string): Item => ({ type: 'message', role: 'assistant', content });
const call = (id: string): Item => ({
  ...{ type: 'function_call', call_id: id },
  ...{ name: 'f', arguments: '{}' },
});
const output = (id: string): Item => ({
  type: 'function_call_output',
  call_id: id,
  output: 'ok',
});
const search = other({ type: 'web_search_call', status: 'completed', action: { type: 'search' } });

const hello = user('Hello');
const plain = [hello, ...answer([hello], [thought(), said('Hi')])];
const calling = [hello, ...answer([hello], [thought(), call('a'), call('b')])];

/** What goes, each as its type and the id that it goes under. */
function told(items: readonly Item[], opener = anyone, with_ = settings): string[] {
  return replay(items, with_, opener).input.map(({ type, id }) => {
    return id === undefined ? String(type) : `${String(type)} ${id as string}`;
  });
}

const withoutThought = ['message', 'message', 'message'];

describe('what a model thought', () => {
  it('goes back with what it led to, all as it was made', () => {
    const { input } = replay([...plain, user('And?')], settings, anyone);
    expect(input).toEqual([
      { type: 'message', role: 'user', content: 'Hello' },
      { type: 'reasoning', id: 'reasoning_1', summary: [], encrypted_content: 'sealed' },
      {
        ...{ type: 'message', id: 'message_2', role: 'assistant', status: 'completed' },
        content: [{ type: 'output_text', text: 'Hi', annotations: [] }],
      },
      { type: 'message', role: 'user', content: 'And?' },
    ]);
  });

  it('goes back in each turn of many, and with calls that wait for their outputs', () => {
    const items = [...calling, output('a'), output('b')];
    const more = [...items, ...answer(items, [thought('more'), said('Done')]), user('And?')];
    expect(told(more)).toEqual([
      'message',
      'reasoning reasoning_1',
      'function_call function_call_2',
      'function_call function_call_3',
      'function_call_output',
      'function_call_output',
      'reasoning reasoning_6',
      'message message_7',
      'message',
    ]);
  });

  it.each([
    ['another organization', { ...anyone, isOf: (name: string) => name !== 'org-a' }, settings],
    ['a service that has just refused it', { ...anyone, refusesThoughts: true }, settings],
    ['other settings', anyone, () => 'another model'],
  ])('stays here for %s, and what it led to goes without its id', (_, opener, with_) => {
    expect(told([...plain, user('And?')], opener, with_)).toEqual(withoutThought);
  });

  it('stays here where something before it changed, was left out or was put in', () => {
    const [, ...rest] = [...plain, user('And?')];
    expect(told([user('Hallo'), ...rest])).toEqual(withoutThought);
    expect(told(rest)).toEqual(withoutThought.slice(1));
    expect(told([user('Well'), hello, ...rest])).toEqual(['message', ...withoutThought]);
  });

  it('stays here where what it led to is gone, in part or all of it', () => {
    const [, reasoning, first, second] = calling;
    expect(told([hello, reasoning!])).toEqual(['message']);
    expect(told([hello, reasoning!, user('And?')])).toEqual(['message', 'message']);
    expect(told([hello, reasoning!, second!, output('b')])).toEqual([
      'message',
      'function_call',
      'function_call_output',
    ]);
    expect(told([hello, reasoning!, first!, output('a')])).toEqual([
      'message',
      'reasoning reasoning_1',
      'function_call function_call_2',
      'function_call_output',
    ]);
  });

  it('is missed by all that it led to where it is gone itself', () => {
    const [, , first, second] = calling;
    expect(told([hello, first!, second!, output('a'), output('b')])).toEqual([
      ...['message', 'function_call', 'function_call'],
      ...['function_call_output', 'function_call_output'],
    ]);
  });

  it('stays here where it was never sealed', () => {
    const items = [hello, ...answer([hello], [{ type: 'reasoning', summary: [] }, said('Hi')])];
    expect(told([...items, user('And?')])).toEqual(withoutThought);
  });

  it('goes one behind the other, each with the next', () => {
    const items = [hello, ...answer([hello], [thought('1'), thought('2'), said('Hi')])];
    expect(told(items)).toEqual([
      'message',
      'reasoning reasoning_1',
      'reasoning reasoning_2',
      'message message_3',
    ]);
    expect(told(items.slice(0, 3))).toEqual(['message']);
    expect(told([items[0]!, items[1]!, items[3]!])).toEqual(['message', 'message']);
  });

  it('goes where a caller brings it, whatever is before it, as long as something follows', () => {
    expect(told([thought(), said('Hi'), user('And?')])).toEqual([
      'reasoning',
      'message',
      'message',
    ]);
    expect(told([thought(), user('And?')])).toEqual(['message']);
    const refusing = { ...anyone, refusesThoughts: true };
    expect(told([thought(), said('Hi'), user('And?')], refusing)).toEqual(['message', 'message']);
  });

  it('has its id once, and so has what it led to, however often a caller refers to them', () => {
    const [, ...said] = plain;
    expect(told([...plain, ...said, user('And?')])).toEqual([
      ...['message', 'reasoning reasoning_1', 'message message_2'],
      ...['message', 'message'],
    ]);
    const brought = said.map((item) => ({ ...item, origin: { ...item.origin!, prefix: null } }));
    expect(told([hello, ...brought, ...brought])).toEqual([
      ...['message', 'reasoning reasoning_1', 'message message_2'],
      ...['reasoning', 'message'],
    ]);
  });

  it('goes without what other services want of it', () => {
    const reasoning = other({ ...thought(), content: [], reasoning_details: [{ a: 1 }] });
    const called = other({ ...call('a'), extra_content: { b: 1 } });
    const custom = { type: 'custom_tool_call', call_id: 'c', name: 'f', input: 'x' };
    const answered = other({ type: 'custom_tool_call_output', call_id: 'c', output: 'ok' });
    const others = [other({ ...custom, extra_content: { b: 1 } }), answered];
    expect(replay([reasoning, called, output('a'), ...others], settings, anyone).input).toEqual([
      ...[thought(), call('a'), output('a'), custom, answered],
    ]);
  });
});

describe('what a service did with a tool of its own', () => {
  it('goes back whole, and not without the thought that led to it', () => {
    const items = [hello, ...answer([hello], [thought(), search, said('Found')])];
    expect(told(items)).toEqual([
      'message',
      'reasoning reasoning_1',
      'web_search_call web_search_call_2',
      'message message_3',
    ]);
    expect(told(items, { ...anyone, refusesThoughts: true })).toEqual(['message', 'message']);
  });

  it('goes back where no thought led to it, whoever is asked', () => {
    const items = [hello, ...answer([hello], [search, said('Found')])];
    const opener = { ...anyone, isOf: () => false };
    expect(told(items, opener, () => 'other settings')).toEqual([
      ...['message', 'web_search_call web_search_call_1', 'message message_2'],
    ]);
    // Without its id it would be none.
    expect(told(items, { ...anyone, refusesThoughts: true })).toEqual([
      ...['message', 'web_search_call web_search_call_1', 'message'],
    ]);
  });

  it('goes as a caller brings it', () => {
    const origin = { id: 'ws_1', prefix: null, organization: null };
    const { input } = replay([other({ ...search, origin }), user('And?')], settings, anyone);
    expect(input[0]).toEqual({ ...search, id: 'ws_1' });
  });

  it('goes back with its outputs, or none of them goes', () => {
    const screen = other({ type: 'computer_call', call_id: 'a', action: { type: 'screenshot' } });
    const seen = other({ type: 'computer_call_output', call_id: 'a', output: {} });
    const items = [hello, ...answer([hello], [thought(), screen]), seen, user('And?')];
    expect(told(items)).toEqual([
      ...['message', 'reasoning reasoning_1', 'computer_call computer_call_2'],
      ...['computer_call_output', 'message'],
    ]);
    expect(told(items, anyone, () => 'other settings')).toEqual(['message', 'message']);
    expect(told(items, { ...anyone, refusesThoughts: true })).toEqual(['message', 'message']);
  });

  it('is approved by the name that it has there, and both go or none', () => {
    const request = other({ type: 'mcp_approval_request', name: 'f', arguments: '{}' });
    const made = [hello, ...answer([hello], [thought(), request])];
    const answers = made[2]?.origin?.id ?? '';
    const approval = other({
      ...{ type: 'mcp_approval_response', approval_request_id: 'ours', approve: true },
      origin: { id: null, prefix: null, organization: null, answers },
    });
    const { input } = replay([...made, approval], settings, anyone);
    expect(input.slice(2)).toEqual([
      { ...request, id: answers },
      { type: 'mcp_approval_response', approval_request_id: answers, approve: true },
    ]);
    expect(told([...made, approval], anyone, () => 'other settings')).toEqual(['message']);
  });
});

describe('a call', () => {
  it('is left out unanswered, with the thought that led to it, as is an output of none', () => {
    expect(told([...calling, user('Never mind')])).toEqual(['message', 'message']);
    expect(told([hello, output('x')])).toEqual(['message']);
  });

  it('is answered before its user speaks again', () => {
    const items = [...calling, output('b'), user('Well?'), output('a'), user('And?')];
    expect(replay(items, settings, anyone).input.slice(2)).toMatchObject([
      ...[{ call_id: 'a' }, { call_id: 'b' }, output('b'), output('a')],
      ...[{ content: 'Well?' }, { content: 'And?' }],
    ]);
  });

  it('has the output that comes next, where a model uses an id again', () => {
    const items = [call('a'), output('a'), call('a'), output('a')];
    expect(replay(items, settings, anyone).input).toEqual(items);
  });
});

describe('a compaction', () => {
  const compaction = other({ type: 'compaction', encrypted_content: 'all of it' });
  const developer: Item = { type: 'message', role: 'developer', content: 'Be kind.' };
  const before = [developer, user('one'), said('two')];
  const made = answer(before, [compaction, thought(), said('three')]);
  const items = [...before, ...made, user('four')];

  it('stands for all before it but what tells the model what to be', () => {
    expect(replay(items, settings, anyone).input).toMatchObject([
      { role: 'developer' },
      { type: 'compaction', encrypted_content: 'all of it' },
      { type: 'reasoning' },
      { id: 'message_5' },
      { content: 'four' },
    ]);
  });

  it('says in what is sealed which one it is', () => {
    expect(told(items)[1]).toBe('compaction');
  });

  it('is left out where it cannot be opened, and all that it stood for is told', () => {
    const whole = ['message', 'message', 'message', 'message', 'message'];
    expect(told(items, { ...anyone, isOf: () => false })).toEqual(whole);
    expect(told(items, { ...anyone, refusesThoughts: true })).toEqual(whole);
  });

  it('of this service goes as what it holds, and only where none behind it can be opened', () => {
    const ours = other({
      ...{ type: 'compaction', encrypted_content: 'alice1.x' },
      opened: [{ type: 'message', role: 'developer', content: 'They spoke.' }, user('Open?')],
    });
    const sealed = 'alice1.x';
    const both = [user('zero'), ours, ...items];
    expect(told(both)).toEqual(told(items));
    for (const opener of [
      { ...anyone, isOf: () => false },
      { ...anyone, refusesThoughts: true },
    ]) {
      const { input } = replay(both, settings, opener);
      expect(input.map(({ content }) => content)).toEqual([
        ...['They spoke.', 'Open?', 'Be kind.', 'one', 'two', 'three', 'four'],
      ]);
      expect(JSON.stringify(input)).not.toContain(sealed);
    }
    const alone = replay([user('zero'), ours, user('next')], settings, anyone);
    expect(alone.input.map(({ content }) => content)).toEqual(['They spoke.', 'Open?', 'next']);
  });
});

it('gives parts of messages back in the words of the API', () => {
  const picture = { type: 'input_image' as const, image_url: 'https://example.com/a.png' };
  const image: Item = { type: 'message', role: 'user', content: [picture] };
  const refused: Item = {
    ...{ type: 'message', role: 'assistant', phase: 'final_answer' },
    content: [{ type: 'refusal', refusal: 'No.' }],
  };
  expect(replay([image, refused], settings, anyone).input).toEqual([
    { ...image, content: [{ ...picture, detail: 'auto' }] },
    { ...refused, content: 'No.' },
  ]);
});
