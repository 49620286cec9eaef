/** What the upstream counted for one answer. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

/** What comes from the upstream, in order: pieces of text, then exactly one end. */
export type AnswerEvent =
  | { type: 'piece'; text: string }
  /** A finish reason came and nobody aborted: the answer is complete. */
  | { type: 'finished'; usage: Usage | null };
