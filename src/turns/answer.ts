import { withoutOuterLineFeeds } from '../platform/text/line-feeds.js';
import type { PieceReader, Usage } from '../upstreams/piece-reader.js';
import { EmptyAnswerError } from '../upstreams/upstream.errors.js';
import { AnswerText } from './answer-text.js';

/** A complete answer. */
export interface Answer {
  text: string;
  usage: Usage | null;
}

/** How an answer is handed out: piece by piece as it comes, or whole, made tidy or left alone. */
export type Delivery = 'stream' | 'trimmed' | 'verbatim';

/**
 * Turns the upstream's pieces into those that a caller sees. A plain answer loses the line feeds at
 * its ends; a stream is shown as it comes, because what was shown cannot be taken back.
 *
 * @param ask starts the call; resolves with its usage when the answer is complete
 * @returns exactly the text that the shown pieces add up to
 * @throws EmptyAnswerError when there was nothing but line feeds
 */
export async function readAnswer(
  ask: (take: PieceReader) => Promise<Usage | null>,
  delivery: Delivery,
  show: PieceReader,
): Promise<Answer> {
  const answer = new AnswerText();
  const isStreamed = delivery === 'stream';
  const usage = await ask((piece) => {
    const text = answer.push(piece);
    return isStreamed && text !== '' ? show(text) : undefined;
  });
  const rest = answer.end();
  if (isStreamed && rest !== '') await show(rest);
  if (answer.isEmpty) throw new EmptyAnswerError();
  const text = delivery === 'trimmed' ? withoutOuterLineFeeds(answer.text) : answer.text;
  if (!isStreamed) await show(text);
  return { text, usage };
}
