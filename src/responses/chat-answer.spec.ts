import fc from 'fast-check';
import { readPiece } from './chat-answer.js';

/** A chunk in which a model calls a function. */
function calling(call: unknown) {
  return { choices: [{ delta: { tool_calls: [call] } }] };
}

describe('a piece of an answer', () => {
  it('has texts where texts belong, whatever an upstream puts there', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
        const called = { index: value, id: value, function: { name: value, arguments: value } };
        const piece = readPiece({
          choices: [
            {
              delta: { content: value, refusal: value, tool_calls: [called, value] },
              logprobs: { content: value },
              finish_reason: value,
            },
          ],
          usage: value,
        });
        const texts = piece.toolCalls.flatMap((call) => [call.id, call.name, call.arguments]);
        for (const text of [piece.text, piece.refusal, piece.finishReason ?? '', ...texts]) {
          expect(typeof text).toBe('string');
        }
        expect(piece.toolCalls.every(({ index }) => typeof index === 'number')).toBe(true);
        expect(Array.isArray(piece.logprobs)).toBe(true);
      }),
    );
  });

  it.each([null, 'text', 5, [], {}, [null], [[]], ['text'], [{ delta: 5 }], [{ delta: null }]])(
    'says nothing where its choices are %j',
    (choices) => {
      expect(readPiece({ choices })).toMatchObject({ text: '', refusal: '', toolCalls: [] });
    },
  );

  it('has only objects as function calls and as probabilities', () => {
    const values = [null, 'text', 5, [], [{}], {}];
    const choice = { delta: { tool_calls: values }, logprobs: { content: values } };
    const piece = readPiece({ choices: [choice] });
    expect(piece.toolCalls).toEqual([{ index: 0, id: '', name: '', arguments: '' }]);
    expect(piece.logprobs).toEqual([{}]);
  });

  it('has arguments that came as an object as their text', () => {
    const { toolCalls } = readPiece(calling({ function: { name: 'f', arguments: { x: 1 } } }));
    expect(toolCalls).toEqual([{ index: 0, id: '', name: 'f', arguments: '{"x":1}' }]);
  });

  it('leaves out an id of a call that could not be handed back', () => {
    expect(readPiece(calling({ id: 'x'.repeat(256) })).toolCalls[0]?.id).toHaveLength(256);
    expect(readPiece(calling({ id: 'x'.repeat(257) })).toolCalls[0]?.id).toBe('');
  });
});
