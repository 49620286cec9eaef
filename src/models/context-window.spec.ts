import fc from 'fast-check';
import type { Item } from './item.js';
import { sizeOf, ContextWindow, type SaidInTurn } from './context-window.js';

const message = fc
  .record({ role: fc.constantFrom('user' as const, 'assistant' as const), size: fc.nat(60) })
  .map(({ role, size }): Item => ({ type: 'message', role, content: 'x'.repeat(size) }));
const system = fc
  .constant('Be kind.')
  .map((content): Item => ({ type: 'message', role: 'system', content }));
const compaction = fc.constant<Item>({ type: 'compaction', encrypted_content: 'x' });
const call = fc
  .nat(5)
  .map((id): Item => ({ type: 'function_call', call_id: `c${id}`, name: 'f', arguments: '{}' }));
const output = fc
  .nat(5)
  .map((id): Item => ({ type: 'function_call_output', call_id: `c${id}`, output: 'y' }));
const turn = fc.array(
  fc.oneof({ weight: 4, arbitrary: message }, system, compaction, call, output),
  {
    minLength: 1,
    maxLength: 4,
  },
);
const history = fc
  .array(turn, { maxLength: 12 })
  .map((turns) =>
    turns.flatMap((items, index) => items.map((item): SaidInTurn => ({ turn: index + 1, item }))),
  )
  .map(withCallsOnce);

/** Each id is called once, and answered only afterwards. */
function withCallsOnce(past: SaidInTurn[]): SaidInTurn[] {
  const called = new Set<string>();
  return past.filter(({ item }) => {
    if (item.type === 'function_call_output') return called.has(item.call_id);
    if (item.type !== 'function_call') return true;
    const isFirst = !called.has(item.call_id);
    called.add(item.call_id);
    return isFirst;
  });
}

function isAlwaysTold(item: Item): boolean {
  return item.type === 'compaction' || (item.type === 'message' && item.role === 'system');
}

/** The ids of calls or outputs. */
function ids(items: readonly Item[], type: 'function_call' | 'function_call_output') {
  return new Set(items.flatMap((item) => (item.type === type ? [item.call_id] : [])));
}

function isCutAt(past: readonly SaidInTurn[], cut: number, fitting: readonly Item[]): boolean {
  const expected = past.filter(({ turn: of, item }) => of > cut || isAlwaysTold(item));
  return JSON.stringify(expected.map(({ item }) => item)) === JSON.stringify(fitting);
}

/** Turns up to a cut in which there is more than what is always told. */
function spokenTurns(past: readonly SaidInTurn[], cut: number): number {
  return new Set(
    past.filter(({ turn: of, item }) => of <= cut && !isAlwaysTold(item)).map((said) => said.turn),
  ).size;
}

describe('a window', () => {
  it('keeps a tail of turns, all system prompts, and no more than fits', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 900 }), fc.nat(100), (past, tokens, fixed) => {
        const window = new ContextWindow({ past, fixedBytes: fixed, tokens, tokensPerByte: 1 });
        const { fitting, trimmedTurns } = window;
        const turns = [0, ...new Set(past.map((said) => said.turn))];
        const cuts = turns.filter((cut) => isCutAt(past, cut, fitting));
        expect(cuts.map((cut) => spokenTurns(past, cut))).toContain(trimmedTurns);
        expect(fixed + sizeOf(fitting) <= tokens || fitting.every(isAlwaysTold)).toBe(true);
      }),
    );
  });

  it('keeps a call with its outputs, or neither', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 600 }), (past, tokens) => {
        const { fitting } = new ContextWindow({
          past,
          fixedBytes: 0,
          tokens,
          tokensPerByte: 1,
        });
        const lost = past.map(({ item }) => item).filter((item) => !fitting.includes(item));
        const keptCalls = ids(fitting, 'function_call');
        const keptOutputs = ids(fitting, 'function_call_output');
        for (const id of ids(lost, 'function_call')) expect(keptOutputs.has(id)).toBe(false);
        for (const id of ids(lost, 'function_call_output')) expect(keptCalls.has(id)).toBe(false);
      }),
    );
  });

  it('leaves nothing out that fits as bytes, whatever a byte is thought to be', () => {
    fc.assert(
      fc.property(history, fc.double({ min: 0, max: 50, noNaN: true }), (past, tokensPerByte) => {
        const tokens = Math.max(1, sizeOf(past.map(({ item }) => item)));
        const window = new ContextWindow({ past, fixedBytes: 0, tokens, tokensPerByte });
        expect(window.trimmedTurns).toBe(0);
      }),
    );
  });

  it('shrinks until nothing but system prompts is left', () => {
    fc.assert(
      fc.property(history, (past) => {
        const window = new ContextWindow({ past, fixedBytes: 0, tokens: 1e9, tokensPerByte: 1 });
        let before = window.trimmedTurns;
        while (window.shrink()) {
          expect(window.trimmedTurns).toBeGreaterThanOrEqual(before);
          before = window.trimmedTurns;
        }
        expect(window.fitting.every(isAlwaysTold)).toBe(true);
      }),
    );
  });

  it.each([
    ['turns that fit', 1e9],
    ['turns of which few fit', 400],
  ])('looks at each of many %s as often as at each of a few', (_title, tokens) => {
    const visitsFor = (turns: number): number => {
      let visits = 0;
      const past = Array.from({ length: turns }, (_, index): SaidInTurn => {
        const item: Item = { type: 'message', role: 'user', content: 'x' };
        const role = () => {
          visits += 1;
          return 'user';
        };
        return { turn: index + 1, item: Object.defineProperty(item, 'role', { get: role }) };
      });
      const window = new ContextWindow({ past, fixedBytes: 0, tokens, tokensPerByte: 1 });
      expect(window.trimmedTurns + window.fitting.length).toBe(turns);
      return visits;
    };
    expect(visitsFor(4_000) / visitsFor(1_000)).toBeLessThan(4.5);
  });

  it.each<Item>([
    { type: 'function_call', call_id: 'x'.repeat(5_000), name: '', arguments: '' },
    { type: 'function_call', call_id: '', name: 'x'.repeat(5_000), arguments: '' },
    { type: 'function_call_output', call_id: 'x'.repeat(5_000), output: '' },
  ])('counts everything of $type that is told', (item) => {
    expect(sizeOf([item])).toBeGreaterThan(5_000);
  });

  it('counts an image by itself, not by its bytes', () => {
    const url = `data:image/png;base64,${'A'.repeat(100_000)}`;
    const image: Item = {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_image', image_url: url, detail: 'auto' }],
    };
    expect(sizeOf([image])).toBeLessThan(5_000);
  });
});
