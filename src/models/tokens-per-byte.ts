import { sizeOf, type SaidInTurn } from './context-window.js';

/** Before the upstream counted anything: more than any common language needs. */
export const cautiousTokensPerByte = 0.5;

/** An item of the history, with what the upstream counted for the request that it answers. */
export interface CountedItem extends SaidInTurn {
  inputTokens: number | null;
}

/**
 * How many tokens a byte of this conversation is, from the largest request that the upstream counted
 * and that was certainly whole: a history whose bytes fit the window was never cut.
 *
 * @param tokens that fit
 */
export function tokensPerByte(
  past: readonly CountedItem[],
  promptBytes: number,
  tokens: number,
): number {
  let bytes = promptBytes;
  let ratio: number | null = null;
  for (const { item, inputTokens } of past) {
    if (inputTokens !== null && bytes > 0 && bytes <= tokens) ratio = inputTokens / bytes;
    bytes += sizeOf([item]);
  }
  return ratio === null ? cautiousTokensPerByte : Math.min(1, ratio);
}
