import type { Item, Origin } from './item.js';

/**
 * One event about an item of an answer, in the form of the Responses API, as a service that speaks it
 * sent it: what is made of it keeps all but its ids and numbers.
 */
export type Step = Readonly<Record<string, unknown>> & { type: string; output_index: number };

/**
 * What a model says, while it says it. Every piece of a text comes once, in order. Of a service that
 * says it item by item, each event has or is the step that told it.
 */
export type ModelEvent =
  | { type: 'text'; text: string; logprobs: readonly object[]; step?: Step }
  /** In place of an answer. */
  | { type: 'refusal'; text: string; step?: Step }
  /** More of an item that is neither. */
  | { type: 'step'; step: Step }
  /** An item is complete; `words` are those of it that no event before said. */
  | { type: 'item'; item: Item; origin: Omit<Origin, 'organization'>; step: Step; words?: string }
  /** What it thinks; `details` is the same in a form that its service wants back. */
  | { type: 'reasoning'; text: string; details: readonly unknown[] }
  /** Where something of the text before comes from. */
  | { type: 'annotations'; annotations: readonly unknown[] }
  /** It begins to call a tool. `call` counts the calls of an answer from 0; the id may be empty. */
  | { type: 'call'; call: number; kind: 'function' | 'custom'; id: string; name: string }
  /** More of what the tool is called with. */
  | { type: 'arguments'; call: number; text: string }
  /** What its service wants back with a call. */
  | { type: 'extra'; call: number; extra: unknown };

/** Why an answer ended. */
export type FinishReason = 'stop' | 'length' | 'content_filter';

/** What a model service counted for one answer, in tokens. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
  /** Of the input, those that it had in a cache. */
  cachedTokens: number;
  /** Of the input, those that it put into one. */
  cacheWriteTokens: number;
  /** Of the output, those that it only thought. */
  reasoningTokens: number;
}

/** How a complete answer ended. */
export interface AnswerEnd {
  finish: FinishReason;
  /** Null when nobody knows. */
  usage: Usage | null;
  /** Whose key it was answered with. */
  organization?: string | null;
  /** What else its service says of the whole answer, by the Responses API's names. */
  remarks?: Readonly<Record<string, unknown>>;
}
