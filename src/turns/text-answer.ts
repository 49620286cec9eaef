import type { Item, Origin } from '../models/item.js';
import type { AnswerEnd, ModelEvent, Usage } from '../models/model-event.js';
import { withoutOuterLineFeeds } from '../platform/text/line-feeds.js';
import type { Sink } from '../upstreams/sink.js';
import { EmptyAnswerError } from '../upstreams/upstream.errors.js';
import { AnswerText } from './answer-text.js';
import type { TurnSink } from './turn-engine.js';

/** A complete answer in words. */
export interface Answer {
  text: string;
  usage: Usage | null;
  /** All of it, where its service told it item by item; none elsewhere. */
  items?: readonly Item[];
}

/** How an answer is handed out: piece by piece as it comes, or whole, made tidy or left alone. */
export type Delivery = 'stream' | 'trimmed' | 'verbatim';

/**
 * Turns what a model says into the pieces of text that a caller sees. A plain answer loses the line
 * feeds at its ends; a stream is shown as it comes, because what was shown cannot be taken back.
 */
export class TextAnswer implements TurnSink<Answer> {
  private readonly answer = new AnswerText();
  private readonly made: { item: Item; origin: Omit<Origin, 'organization'> }[] = [];

  constructor(
    private readonly delivery: Delivery,
    private readonly show: Sink<string>,
  ) {}

  write(events: readonly ModelEvent[]): Promise<void> | undefined {
    for (const event of events) {
      if (event.type === 'item') this.made.push(event);
    }
    const text = this.answer.push(wordsIn(events));
    return this.delivery === 'stream' && text !== '' ? this.show(text) : undefined;
  }

  /**
   * @returns exactly the text that the shown pieces add up to
   * @throws EmptyAnswerError when there was nothing but line feeds
   */
  async finish({ usage, organization = null }: AnswerEnd): Promise<Answer> {
    const { answer, delivery } = this;
    const isStreamed = delivery === 'stream';
    const rest = answer.end();
    if (isStreamed && rest !== '') await this.show(rest);
    if (answer.isEmpty) throw new EmptyAnswerError();
    const text = delivery === 'trimmed' ? withoutOuterLineFeeds(answer.text) : answer.text;
    if (!isStreamed) await this.show(text);
    if (this.made.length === 0) return { text, usage };
    // Where one message says all that was shown, it is kept as that.
    const isShown = this.made.filter(({ item }) => item.type === 'message').length === 1;
    const items = this.made.map(({ item, origin: made }): Item => {
      const origin = { ...made, organization };
      const isText = item.type === 'message' && typeof item.content === 'string';
      return isShown && isText ? { ...item, content: text, origin } : { ...item, origin };
    });
    return { text, usage, items };
  }
}

/** The words among it; a model's refusal is its answer where it says nothing else. */
function wordsIn(events: readonly ModelEvent[]): string {
  let text = '';
  let refusal = '';
  for (const event of events) {
    if (event.type === 'text') text += event.text;
    else if (event.type === 'refusal') refusal += event.text;
    else if (event.type === 'item') text += event.words ?? '';
  }
  return text === '' ? refusal : text;
}
