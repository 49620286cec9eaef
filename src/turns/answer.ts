import { withoutOuterLineFeeds } from '../common/text/line-feeds.js';
import type { AnswerEvent, Usage } from '../upstream/answer-event.js';
import { EmptyAnswerError } from '../upstream/upstream.errors.js';
import { AnswerText } from './answer-text.js';
import type { TurnEvent } from './turn-event.js';

/** A complete answer. */
export interface Answer {
  text: string;
  usage: Usage | null;
}

/** How an answer is handed out: piece by piece as it comes, or whole, made tidy or left alone. */
export type Delivery = 'stream' | 'trimmed' | 'verbatim';

/**
 * Turns the upstream's events into the pieces that a caller sees. A plain answer loses the line
 * feeds at its ends; a stream is shown as it comes, because what was shown cannot be taken back.
 *
 * @returns exactly the text that the pieces add up to
 * @throws EmptyAnswerError when there was nothing but line feeds
 */
export async function* readAnswer(
  events: AsyncIterable<AnswerEvent>,
  delivery: Delivery,
): AsyncGenerator<TurnEvent, Answer> {
  const answer = new AnswerText();
  let usage: Usage | null = null;
  for await (const event of events) {
    if (event.type === 'finished') {
      usage = event.usage;
      break;
    }
    const text = answer.push(event.text);
    if (delivery === 'stream' && text !== '') yield { type: 'piece', text };
  }
  const rest = answer.end();
  if (delivery === 'stream' && rest !== '') yield { type: 'piece', text: rest };
  if (answer.isEmpty) throw new EmptyAnswerError();
  const text = delivery === 'trimmed' ? withoutOuterLineFeeds(answer.text) : answer.text;
  if (delivery !== 'stream') yield { type: 'piece', text };
  return { text, usage };
}
