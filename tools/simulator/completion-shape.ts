/** Token figures of one call. */
export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** What all chunks of one call have in common. */
export interface CallIdentity {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  /** Whether the stream will carry usage; then every other chunk has `usage: null`. */
  readonly hasUsageChunk: boolean;
  /** How many choices, which all say the same. */
  readonly choices: number;
  readonly toolCalls: readonly ToolCall[];
}

/** A function that the model calls; `arguments` is JSON text. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  type?: 'function' | 'custom';
}

/** How one of the two completion APIs writes its answers, as JSON text. */
export interface CompletionShape {
  plainBody(text: string, finishReason: string | null, usage: Usage | null): string;
  openingChunk(): string | null;
  /** The chunks that say which functions are called, their arguments in small pieces. */
  toolCallChunks(): string[];
  pieceChunk(piece: string, finishReason: string | null): string;
  finishChunk(finishReason: string): string;
  usageChunk(usage: Usage): string;
}

export function usageField({ promptTokens, completionTokens }: Usage): string {
  return (
    `"usage":{"prompt_tokens":${promptTokens},"completion_tokens":${completionTokens},` +
    `"total_tokens":${promptTokens + completionTokens},` +
    '"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},' +
    '"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,' +
    '"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}'
  );
}
