import fc from 'fast-check';
import type { RawAnswer } from '../dialect.js';
import { cut, secret } from '../../../../test/factories/cut-secrets.js';
import { Prefix } from './prefix.js';
import { ResponseDecoder } from './response-decoder.js';
import { ResponseEventFilter } from './event-filter.js';

function event(value: Record<string, unknown>): RawAnswer {
  return { data: JSON.stringify(value), value };
}

/** The events that tell a text in pieces and then whole, as clean as they come out. */
function told(kind: string, whole: string, pieces: readonly string[], index = 0): RawAnswer[] {
  const place = { output_index: index, content_index: 0 };
  const deltas = pieces.map((delta) => event({ type: `${kind}.delta`, ...place, delta }));
  return [...deltas, event({ type: `${kind}.done`, ...place, [whole]: pieces.join('') })];
}

/** What the pieces say, and what the end event says. */
function read(events: readonly RawAnswer[], whole: string) {
  const filter = new ResponseEventFilter(secret);
  const decoder = new ResponseDecoder(new Prefix(() => ''));
  const begun = [0, 1].map((output_index) =>
    event({ type: 'response.output_item.added', output_index, item: { type: 'anything' } }),
  );
  const steps = [...begun, ...events].flatMap((one) => {
    const clean = filter.clean(one);
    expect(JSON.parse(clean.data)).toEqual(clean.value);
    return (decoder.read(clean) ?? []).flatMap((said) => ('step' in said ? [said.step] : []));
  });
  const deltas = steps.flatMap(({ delta }) => (typeof delta === 'string' ? [delta] : []));
  return { said: deltas.join(''), whole: steps.at(-1)?.[whole] };
}

describe('the events of a stream', () => {
  it.each([
    ['response.output_text', 'text'],
    ['response.refusal', 'refusal'],
    ['response.function_call_arguments', 'arguments'],
    ['response.custom_tool_call_input', 'input'],
    ['response.reasoning_summary_text', 'text'],
    ['response.reasoning_text', 'text'],
    ['response.code_interpreter_call_code', 'code'],
  ])('have the secret in them nowhere, wherever it is cut: %s', (kind, name) => {
    fc.assert(
      fc.property(cut, (pieces) => {
        const { said, whole } = read(told(kind, name, pieces), name);
        expect(said).not.toContain(secret);
        expect(whole).not.toContain(secret);
        if (pieces.join('').includes(secret)) return;
        expect([said, whole]).toEqual([pieces.join(''), pieces.join('')]);
      }),
    );
  });

  it('keep texts apart that come at the same time', () => {
    const [first, second] = [secret.slice(0, 9), secret.slice(9)];
    const one = told('response.output_text', 'text', [first, '!'], 0);
    const other = told('response.output_text', 'text', [second, 'b'], 1);
    const mixed = [one[0]!, other[0]!, one[1]!, other[1]!, one[2]!, other[2]!];
    const { said } = read(mixed, 'text');
    expect(said).toBe(`${second}${first}!b`);
  });

  it('are the same objects where nothing is to be hidden', () => {
    const filter = new ResponseEventFilter(secret);
    const events = [...told('response.output_text', 'text', ['this is', ' fine']), event({})];
    for (const one of events) expect(filter.clean(one)).toBe(one);
  });

  it('have it in no member that nobody knows, and in no item', () => {
    const filter = new ResponseEventFilter(secret);
    const value = { type: 'response.output_item.done', item: { deep: [`x${secret}`] } };
    expect(filter.clean(event(value)).value).toEqual({ ...value, item: { deep: ['x[redacted]'] } });
  });

  it('are left alone where the secret is a word', () => {
    const filter = new ResponseEventFilter('ollama');
    const one = event({ type: 'response.output_text.delta', delta: 'ollama' });
    expect(filter.clean(one)).toBe(one);
  });
});
