import { withoutOuterLineFeeds } from '../platform/text/line-feeds.js';
import type { AnswerEnd, ModelEvent, Usage } from '../models/model-event.js';
import type { Sink } from '../upstreams/sink.js';
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
 * Turns what a model says into the pieces of text that a caller sees. A plain answer loses the line feeds at
 * its ends; a stream is shown as it comes, because what was shown cannot be taken back.
 *
 * @param ask starts the call; resolves when the answer is complete
 * @returns exactly the text that the shown pieces add up to
 * @throws EmptyAnswerError when there was nothing but line feeds
 */
export async function readAnswer(
  ask: (write: Sink<readonly ModelEvent[]>) => Promise<AnswerEnd>,
  delivery: Delivery,
  show: Sink<string>,
): Promise<Answer> {
  const answer = new AnswerText();
  const isStreamed = delivery === 'stream';
  const { usage } = await ask((events) => {
    const text = answer.push(wordsIn(events));
    return isStreamed && text !== '' ? show(text) : undefined;
  });
  const rest = answer.end();
  if (isStreamed && rest !== '') await show(rest);
  if (answer.isEmpty) throw new EmptyAnswerError();
  const text = delivery === 'trimmed' ? withoutOuterLineFeeds(answer.text) : answer.text;
  if (!isStreamed) await show(text);
  return { text, usage };
}

/** The words among it; a model's refusal is its answer where it says nothing else. */
function wordsIn(events: readonly ModelEvent[]): string {
  let text = '';
  let refusal = '';
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    else if (event.type === 'refusal') refusal += event.text;
  }
  return text === '' ? refusal : text;
}
