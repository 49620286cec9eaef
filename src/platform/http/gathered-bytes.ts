/** Pieces of a network read or larger are fewer in any body that is taken. */
const mostPieces = 256;

/**
 * Puts a body together from the pieces that it comes in. Each is an object of a hundred bytes and
 * more, however short: of a sender who makes every byte a piece, a hundred times the body would be
 * kept. So from time to time they are made one.
 */
export class GatheredBytes {
  private readonly whole: Uint8Array[] = [];
  private pieces: Uint8Array[] = [];

  add(piece: Uint8Array): void {
    if (this.pieces.push(piece) < mostPieces) return;
    this.whole.push(Buffer.concat(this.pieces));
    this.pieces = [];
  }

  /** All that was added. */
  concat(): Uint8Array {
    const all = [...this.whole, ...this.pieces];
    return all.length === 1 && all[0] ? all[0] : Buffer.concat(all);
  }
}
