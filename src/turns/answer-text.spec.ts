import { AnswerText } from './answer-text.js';

const high = '\uD83D';
const low = '\uDE00';
const face = high + low;
const replacement = '\uFFFD';

/** @returns what each push showed, what the end showed, and the answer */
function pushAll(pieces: readonly string[]) {
  const answer = new AnswerText();
  const shown = pieces.map((piece) => answer.push(piece));
  return { shown, rest: answer.end(), answer };
}

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

describe('an answer in pieces', () => {
  it.each<[string, string[], string[], string]>([
    ['shows plain pieces at once', ['He', '', 'llo'], ['He', '', 'llo'], ''],
    ['keeps every blank and line feed', [' \n', '\n\t', ' '], [' \n', '\n\t', ' '], ''],
    ['makes CR LF one line feed', ['a\r\nb'], ['a\nb'], ''],
    ['makes CR a line feed', ['a\rb'], ['a\nb'], ''],
    ['makes CR CR LF two line feeds', ['a\r\r\nb'], ['a\n\nb'], ''],
    ['makes LF CR two line feeds', ['a\n\rb'], ['a\n\nb'], ''],
    ['makes every CR LF of a piece a line feed', ['\r\n\r\nb\r\nc'], ['\n\nb\nc'], ''],
    ['holds a trailing CR until an LF follows', ['a\r', '\nb'], ['a', '\nb'], ''],
    ['holds a trailing CR until a letter follows', ['a\r', 'b'], ['a', '\nb'], ''],
    ['lets a CR follow a held CR', ['a\r', '\r', '\n'], ['a', '\n', '\n'], ''],
    ['holds a CR across an empty piece', ['a\r', '', '\nb'], ['a', '', '\nb'], ''],
    ['ends with a held CR as a line feed', ['a\r'], ['a'], '\n'],
    ['keeps a whole pair', [`a${face}b`], [`a${face}b`], ''],
    ['joins a pair that was cut', [`a${high}`, `${low}b`], ['a', `${face}b`], ''],
    ['joins a pair across an empty piece', [high, '', low], ['', '', face], ''],
    ['joins two pairs cut in a row', [high, low + high, low], ['', face, face], ''],
    ['replaces a high half that no low one follows', [high, 'b'], ['', `${replacement}b`], ''],
    ['replaces a high half before another pair', [high, face], ['', replacement + face], ''],
    ['replaces a low half without a high one', [`a${low}b`], [`a${replacement}b`], ''],
    ['replaces a low half after a CR', ['\r', low], ['', `\n${replacement}`], ''],
    ['replaces a high half before a CR', [`${high}\r`, '\n'], [replacement, '\n'], ''],
    ['ends with a held half as a replacement', [`a${high}`], ['a'], replacement],
  ])('%s', (_title, pieces, shown, rest) => {
    const result = pushAll(pieces);
    expect(result).toMatchObject({ shown, rest });
    expect(result.answer.text).toBe(shown.join('') + rest);
  });

  it('has what was shown as its text while pieces still come', () => {
    const answer = new AnswerText();
    answer.push('one\r');
    expect(answer.text).toBe('one');
    answer.push('\ntwo');
    expect(answer.text).toBe('one\ntwo');
  });

  it('shows a held character only once', () => {
    const { answer } = pushAll(['a\r']);
    expect(answer.end()).toBe('');
    expect(answer.text).toBe('a\n');
  });

  it.each(['', '\n', '\n\n\n', '\r', '\r\n\r\n', '\n\r\n\r'])('is empty with %j', (text) => {
    expect(pushAll([text]).answer.isEmpty).toBe(true);
    expect(pushAll(text.split('')).answer.isEmpty).toBe(true);
  });

  it.each(['a', ' ', '\t', '\n \n', '\n\na', 'a\n\n', '\u200B', face, low])(
    'is not empty with %j',
    (text) => {
      expect(pushAll([text]).answer.isEmpty).toBe(false);
    },
  );

  it.each(Array.from({ length: 20 }, (_, index) => index + 1))(
    'is the same wherever it is cut (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const parts = ['\r', '\n', '\r\n', high, low, face, 'a', ' ', '夢'];
      for (let round = 0; round < 40; round += 1) {
        const length = Math.floor(random() * 30);
        const whole = Array.from({ length }, () => parts[Math.floor(random() * parts.length)]).join(
          '',
        );
        const pieces: string[] = [];
        for (let from = 0; from < whole.length;) {
          const to = from + Math.floor(random() * 5);
          pieces.push(whole.slice(from, to));
          from = to;
        }
        const expected = whole.replaceAll('\r\n', '\n').replaceAll('\r', '\n').toWellFormed();
        for (const cut of [[whole], pieces, whole.split('')]) {
          const { shown, rest, answer } = pushAll(cut);
          expect(answer.text).toBe(expected);
          expect([...shown, rest].join('')).toBe(expected);
          expect([...shown, rest].every((text) => text.isWellFormed())).toBe(true);
        }
      }
    },
  );
});
