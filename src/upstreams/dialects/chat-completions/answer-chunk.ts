import type { Usage } from '../../piece-reader.js';

/** What an integer column takes. */
const largestCount = 2 ** 31 - 1;

/**
 * A chunk of a stream or a whole answer, of either API, as far as it is read. Everything may be
 * missing: self-hosted servers leave out what the schema promises.
 */
export interface AnswerChunk {
  choices?:
    | {
        delta?: MessageText | null;
        message?: MessageText | null;
        text?: string | null;
        finish_reason?: string | null;
      }[]
    | null;
  usage?: { prompt_tokens?: number; completion_tokens?: number } | null;
}

interface MessageText {
  content?: string | null;
  refusal?: string | null;
}

/** The text in a chunk; a model's refusal is its answer too. */
export function textOf(chunk: AnswerChunk): string {
  const choice = chunk.choices?.[0];
  const message = choice?.delta ?? choice?.message;
  const text = choice?.text ?? (message?.content || message?.refusal);
  return typeof text === 'string' ? text : '';
}

export function isFinished(chunk: AnswerChunk): boolean {
  // Some servers send an empty reason with every chunk.
  return Boolean(chunk.choices?.[0]?.finish_reason);
}

export function usageOf(chunk: Pick<AnswerChunk, 'usage'>): Usage | null {
  const { prompt_tokens: inputTokens, completion_tokens: outputTokens } = chunk.usage ?? {};
  return isCount(inputTokens) && isCount(outputTokens) ? { inputTokens, outputTokens } : null;
}

/** Whether a figure of the upstream can be a number of tokens, and stored as one. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= largestCount;
}
