import fc from 'fast-check';
import type { RawAnswer } from '../dialect.js';
import { cut, secret } from '../../../../test/factories/cut-secrets.js';
import { ChatDecoder } from './chat-decoder.js';
import { ChatEventFilter } from './event-filter.js';

function event(said: object | string, finishReason: string | null = null): RawAnswer {
  const delta = typeof said === 'string' ? said : { ...said };
  const value = { choices: [{ index: 0, delta, finish_reason: finishReason }] };
  return { data: JSON.stringify(value), value };
}

/** What the events say, read by their data alone. */
function said(events: readonly RawAnswer[]): string {
  return events
    .map(({ data, value }) => {
      expect(JSON.parse(data)).toEqual(value);
      const { choices } = JSON.parse(data) as {
        choices: {
          delta: { content?: string; tool_calls?: { function: { arguments: string } }[] };
        }[];
      };
      const { content, tool_calls: calls = [] } = choices[0]!.delta;
      return (content ?? '') + calls.map(({ function: called }) => called.arguments).join('');
    })
    .join('');
}

describe('the events of a stream', () => {
  const kinds: [string, (text: string) => object | string][] = [
    ['content', (content) => ({ content })],
    ['a delta that is a text', (text) => text],
    ['arguments', (text) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] })],
  ];

  it.each(kinds)('have the secret in them nowhere, wherever it is cut: %s', (_, delta) => {
    fc.assert(
      fc.property(cut, (pieces) => {
        const filter = new ChatEventFilter(secret);
        const events = [...pieces.map((piece) => event(delta(piece))), event({}, 'stop')];
        const shown = said(events.map((one) => filter.clean(one)));
        expect(shown).not.toContain(secret);
        if (!pieces.join('').includes(secret)) expect(shown).toBe(pieces.join(''));
      }),
    );
  });

  it.each<[string, (text: string) => object]>([
    ['parts', (text) => ({ content: [{ type: 'text', text }] })],
    ['parts that are texts', (text) => ({ content: [text] })],
    ['parts in parts', (text) => ({ content: { content: [{ text: { value: text } }] } })],
    ['thoughts', (text) => ({ content: [{ type: 'thinking', thinking: [{ text }] }] })],
    ['thoughts that are an object', (content) => ({ reasoning: { content } })],
    ['a refusal', (text) => ({ refusal: [text] })],
    ['a part that refuses', (refusal) => ({ content: [{ type: 'refusal', refusal }] })],
  ])('have it nowhere that the answer is read from: %s', (_, delta) => {
    fc.assert(
      fc.property(cut, (pieces) => {
        const filter = new ChatEventFilter(secret);
        const decoder = new ChatDecoder();
        const events = [...pieces.map((piece) => event(delta(piece))), event({}, 'stop')];
        const shown = events
          .flatMap((one) => decoder.read(filter.clean(one)) ?? [])
          .map((one) => ('text' in one ? one.text : ''))
          .join('');
        expect(shown).not.toContain(secret);
        if (!pieces.join('').includes(secret)) expect(shown).toBe(pieces.join(''));
      }),
    );
  });

  it('are the same objects where nothing is to be hidden', () => {
    const filter = new ChatEventFilter(secret);
    for (const one of [event({ content: 'this is' }), event({ content: ' fine' }), event({})]) {
      expect(filter.clean(one)).toBe(one);
    }
  });

  it('have it in no member that nobody knows', () => {
    const value = { choices: [null, 7], extra: { deep: [`x${secret}`] } };
    const { data } = new ChatEventFilter(secret).clean({ data: JSON.stringify(value), value });
    expect(JSON.parse(data)).toEqual({ ...value, extra: { deep: ['x[redacted]'] } });
  });
});
