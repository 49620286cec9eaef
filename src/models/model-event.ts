/** What a model says, while it says it. Every piece of a text comes once, in order. */
export type ModelEvent =
  | { type: 'text'; text: string; logprobs: readonly object[] }
  /** In place of an answer. */
  | { type: 'refusal'; text: string }
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
  /** Of the output, those that it only thought. */
  reasoningTokens: number;
}

/** How a complete answer ended. */
export interface AnswerEnd {
  finish: FinishReason;
  /** Null when nobody knows. */
  usage: Usage | null;
}
