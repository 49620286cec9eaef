// What is asked and answered. Every tenth word is not ASCII, since such texts cost more to encode.
const words = [
  'the',
  'service',
  'remembers',
  'what',
  'was',
  'said',
  'and',
  'answers',
  'in',
  '会话',
];

export const QUESTION = 'How does the service remember what was said, 以及会话何时过期?';

export const LONG_HISTORY_SENTENCES = 200;

/** An answer in so many pieces, the way models cut them: most pieces begin with a blank. */
export function piecesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const word = words[index % words.length] ?? '';
    return index === 0 ? word : ` ${word}`;
  });
}

export const ANSWER_PIECES = piecesOf(50);
export const ANSWER = ANSWER_PIECES.join('');
