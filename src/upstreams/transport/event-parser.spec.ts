import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { AnswerTooLargeError } from './answer-limits.js';
import { EventParser } from './event-parser.js';

const mebibyte = 1_048_576;

const longest = 1024 * 1024;

function parse(parts: Iterable<string>): string[] {
  const events: string[] = [];
  const parser = new EventParser((data) => events.push(data), longest);
  for (const part of parts) parser.feed(part);
  return events;
}

/** Feeds without an end. @returns how many characters were taken before it was too much */
function flood(part: string): number {
  const parser = new EventParser(() => undefined, longest);
  let taken = 0;
  for (;;) {
    try {
      parser.feed(part);
    } catch (error) {
      expect(error).toBeInstanceOf(AnswerTooLargeError);
      return taken;
    }
    taken += part.length;
    if (taken > 64 * mebibyte) throw new Error('There is no bound');
  }
}

describe('an event stream', () => {
  const line = fc.constantFrom(
    ...['data: a', 'data:b', 'data', 'data:', 'data:  c: d', ': comment', 'event: x', 'id: 1'],
    ...['retry: 5', 'nonsense', '', '', '困 😀', 'data: {"a":"困"}'],
  );
  const ending = fc.constantFrom('\n', '\r\n', '\r');

  it('is read as its standard says, whatever its line ends are and wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, ending), { maxLength: 30 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 20 }),
        (lines, places) => {
          // A CR at the very end may be half of a line end, which the reference waits for.
          const text = `${lines.map(([one, end]) => one + end).join('')}\n`;
          const expected: string[] = [];
          createParser({ onEvent: ({ data }) => expected.push(data) }).feed(text);
          const cuts = [0, ...places.sort((one, other) => one - other), text.length];
          const parts = cuts.slice(1).map((end, index) => text.slice(cuts[index], end));
          expect(parse([text])).toEqual(expected);
          expect(parse(parts)).toEqual(expected);
          expect(parse(text)).toEqual(expected);
        },
      ),
    );
  });

  it('may have byte-order marks at its beginning and where streams were joined', () => {
    expect(parse(['\uFEFFdata: a\n\n', '\uFEFF', 'data: b\n\n'])).toEqual(['a', 'b']);
  });

  it('may have an event of 1 MiB, and no larger one', () => {
    const data = 'x'.repeat(mebibyte - 16);
    expect(parse(['data: ', data, '\n\n'])).toEqual([data]);
    expect(() => parse(['data: ', data, 'x'.repeat(32)])).toThrow(AnswerTooLargeError);
    expect(() => parse([`data: ${data}\n`, `data: ${data}\n`])).toThrow(AnswerTooLargeError);
  });

  it.each([
    ['events', 'data:{}\n\n', 300_000 * 9],
    ['lines of one event', 'data:\n', 1_000 * 6],
    ['fields of one event', 'x\n', 1_000 * 2],
    ['lines of one event with text', `data: ${'x'.repeat(2_000)}\n`, 1.01 * mebibyte],
    ['blank lines', '\n', 1_000_000],
    ['comments', ': ping\n\n', 500_000 * 8],
    ['a line', 'x'.repeat(1_000), mebibyte],
  ])('is bounded in its %s', (_, part, most) => {
    expect(flood(part)).toBeLessThanOrEqual(most);
    expect(flood(part.repeat(100))).toBeLessThanOrEqual(most);
  });
});
