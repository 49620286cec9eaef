import { DialogEmptyError } from '../conversations/conversations.errors.js';
import type { Item, MessageRole } from '../models/item.js';
import { beforeLastQuestion } from './last-question.js';
import type { PastItem, TurnContext } from './turn-context.js';

const said = (role: MessageRole): Item => ({ type: 'message', role, content: role });
const user = said('user');
const assistant = said('assistant');
const system = said('system');
const call: Item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
const output: Item = { type: 'function_call_output', call_id: 'c', output: '1' };
const custom: Item = { type: 'custom_tool_call_output', call_id: 'c', output: '1' };
const thought: Item = { type: 'reasoning', summary: [] };

/** A conversation of these turns; ids count from 1, and positions are the tenfold. */
function contextOf(turns: readonly (readonly Item[])[]): TurnContext {
  let count = 0;
  const past = turns.flatMap((items, index) =>
    items.map((item): PastItem => {
      count += 1;
      const id = String(count);
      return { id, item, turn: index + 1, position: count * 10, bytes: count, inputTokens: null };
    }),
  );
  return {
    history: {
      kind: 'turbo',
      model: 'm',
      transcript: { prompt: '', settings: '', humanName: null, aiName: null, sentences: [] },
    },
    past,
    isCompacted: false,
    stored: past,
    held: null,
    turn: turns.length + 1,
    position: (count + 1) * 10,
    affinity: 'conv',
  };
}

const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id).join('');

describe('the last question', () => {
  it.each<[string, Item[][], before: string, input: string, replaced: string]>([
    ['a message, with its answer replaced', [[user, assistant]], '', '1', '2'],
    [
      'the newest of many',
      [
        [user, assistant],
        [user, assistant],
      ],
      '12',
      '3',
      '4',
    ],
    ['one without an answer', [[user, assistant], [user]], '12', '3', ''],
    [
      'several in a row, of one turn',
      [
        [user, assistant],
        [user, user, assistant],
      ],
      '12',
      '34',
      '5',
    ],
    [
      'the last of several turns without answers',
      [[user], [user], [user, assistant]],
      '12',
      '3',
      '4',
    ],
    [
      'an output, not the message before it',
      [
        [user, call],
        [output, assistant],
      ],
      '12',
      '3',
      '4',
    ],
    [
      'an output of a custom tool',
      [
        [user, call],
        [custom, assistant],
      ],
      '12',
      '3',
      '4',
    ],
    [
      'several outputs',
      [
        [user, call, call],
        [output, custom, assistant],
      ],
      '123',
      '45',
      '6',
    ],
    [
      'a message, whose call is its answer',
      [
        [user, assistant],
        [user, thought, call],
      ],
      '12',
      '3',
      '45',
    ],
    [
      'with the prompt that was given in its turn',
      [
        [user, assistant],
        [system, user, assistant],
      ],
      '12',
      '34',
      '5',
    ],
    ['before an answer without a question', [[user, assistant], [assistant]], '', '1', '23'],
    ['before a prompt at the end', [[user, assistant], [system]], '', '1', '23'],
  ])('is %s', (_what, turns, before, input, replaced) => {
    const question = beforeLastQuestion(contextOf(turns));
    expect(ids(question.context.past)).toBe(before);
    expect(ids(question.input)).toBe(input);
    expect([...question.replaced].join('')).toBe(replaced);
    expect(question.context.stored).toEqual(question.context.past);
  });

  it('is asked in its own turn, with its answer where the old one was', () => {
    const whole = contextOf([
      [user, assistant],
      [user, user, assistant],
    ]);
    expect(beforeLastQuestion(whole)).toMatchObject({
      context: { turn: 2, position: 41, affinity: 'conv', history: whole.history },
      removed: { afterPosition: 40 },
    });
  });

  it.each<[string, Item[][]]>([
    ['nothing', []],
    ['a prompt', [[system]]],
    ['answers', [[assistant], [assistant]]],
    ['calls and thoughts', [[thought, call]]],
  ])('is missing where there is %s', (_what, turns) => {
    expect(() => beforeLastQuestion(contextOf(turns))).toThrow(DialogEmptyError);
  });
});
