/** What the upstream counted for one answer. */
export interface Usage {
  inputTokens: number;
  outputTokens: number;
}

/**
 * Takes what comes of an answer in order, each as it comes. A promise makes the sender wait: no
 * more is read from the upstream until it is settled, and the call fails with what it rejects with.
 */
export type Reader<Piece> = (piece: Piece) => Promise<void> | undefined;

/** Takes an answer's pieces of text. */
export type PieceReader = Reader<string>;
