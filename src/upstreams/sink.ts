/**
 * Takes what comes of an answer in order, each piece as it comes. A promise makes the sender wait: no
 * more is read from the upstream until it is settled, and the call fails with what it rejects with.
 */
export type Sink<Piece> = (piece: Piece) => Promise<void> | undefined;
