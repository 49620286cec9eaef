import { partsForCompaction, saidSinceCompaction, sinceCompaction } from './compaction.js';
import type { Item, MessageRole } from './item.js';

const says = (role: MessageRole, content: string): Item => ({ type: 'message', role, content });
const system = says('system', 'Be kind.');
const ask = says('user', 'Why?');
const answer = says('assistant', 'Because.');
const again = says('user', 'And now?');
const call = (id: string): Item => ({
  ...{ type: 'function_call', call_id: id, name: 'f', arguments: '{}' },
});
const output = (id: string): Item => ({ type: 'function_call_output', call_id: id, output: '1' });
const thought: Item = { type: 'reasoning', summary: [] };
const compaction = (sealed: string): Item => ({ type: 'compaction', encrypted_content: sealed });

describe('what is told since a compaction', () => {
  it.each<[string, Item[], Item[]]>([
    ['is all of it without one', [system, ask, answer], [system, ask, answer]],
    ['begins with it', [ask, answer, compaction('a'), again], [compaction('a'), again]],
    ['begins with the newest', [compaction('a'), ask, compaction('b')], [compaction('b')]],
    ['is all of it behind one that is first', [compaction('a'), ask], [compaction('a'), ask]],
    [
      'is what tells the model what to be, too',
      [system, ask, says('developer', 'Be brief.'), compaction('a'), again],
      [system, says('developer', 'Be brief.'), compaction('a'), again],
    ],
    ['is nothing of nothing', [], []],
  ])('%s', (_what, items, expected) => {
    expect(sinceCompaction(items)).toEqual(expected);
    const said = items.map((item, place) => ({ item, place }));
    expect(saidSinceCompaction(said).map(({ item }) => item)).toEqual(expected);
  });

  it('has the last one before it that is read, for who may not open it', () => {
    const read = (sealed: string): Item => ({ ...compaction(sealed), ...{ opened: [answer] } });
    const items = [system, read('a'), ask, read('b'), answer, compaction('c'), again];
    const said = items.map((item) => ({ item }));
    expect(saidSinceCompaction(said).map(({ item }) => item)).toEqual([
      ...[system, read('b'), compaction('c'), again],
    ]);
    expect(sinceCompaction(items)).toEqual([system, compaction('c'), again]);
  });
});

describe('what a summary can stand for', () => {
  it.each<[string, Item[], Item[], Item[]]>([
    ['all that was answered', [ask, answer], [ask, answer], []],
    ['all before a question', [ask, answer, again], [ask, answer], [again]],
    ['all before several questions', [ask, answer, ask, again], [ask, answer], [ask, again]],
    ['no system prompt', [system, ask, answer], [ask, answer], []],
    ['nothing of nothing', [], [], []],
    [
      'not the outputs of tools, their calls, and what led to them',
      [ask, answer, again, thought, call('a'), call('b'), output('b'), output('a')],
      [ask, answer, again],
      [again, thought, call('a'), call('b'), output('b'), output('a')],
    ],
    [
      'earlier steps of the same question',
      [again, call('a'), output('a'), thought, call('b'), output('b')],
      [again, call('a'), output('a')],
      [again, thought, call('b'), output('b')],
    ],
    [
      'not calls that wait for their outputs',
      [ask, answer, again, call('a')],
      [ask, answer, again],
      [again, call('a')],
    ],
    [
      'not a call whose output comes with another question',
      [ask, call('a'), output('a'), again],
      [ask],
      [call('a'), output('a'), again],
    ],
    [
      'not an output without its call',
      [ask, answer, output('x')],
      [ask, answer],
      [ask, output('x')],
    ],
    [
      'all before the tools alone',
      [answer, call('a'), output('a')],
      [answer],
      [call('a'), output('a')],
    ],
  ])('is %s', (_what, items, summed, verbatim) => {
    expect(partsForCompaction(items)).toEqual({ summed, verbatim });
  });
});
