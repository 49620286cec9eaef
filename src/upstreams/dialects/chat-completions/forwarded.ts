import type { AnswerChunk } from './answer-chunk.js';

/** A whole answer, or one event of a stream: the JSON text as it came, and what it says. */
export interface Forwarded {
  data: string;
  value: ForwardedAnswer;
}

/** A chat completion, its chunk, a completion or embeddings, as far as it is looked at. */
export interface ForwardedAnswer {
  choices?: (ForwardedChoice | null)[] | null;
  data?: unknown[] | null;
  usage?: NonNullable<AnswerChunk['usage']> | null;
}

/** One of several answers to the same request, or a part of it. */
export interface ForwardedChoice {
  index?: number;
  delta?: Record<string, unknown> | null;
  text?: string | null;
  finish_reason?: string | null;
}

/** The choices of an answer, where there is a list of them; its members may be anything. */
export function choicesIn({ choices }: ForwardedAnswer): readonly (ForwardedChoice | null)[] {
  return Array.isArray(choices) ? choices : [];
}
