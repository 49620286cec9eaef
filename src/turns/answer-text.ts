const highSurrogateAtEnd = /[\uD800-\uDBFF]$/;

/**
 * An answer put together from its pieces. CR LF and CR become LF, and characters that the upstream
 * cut in two are whole again: what could belong to the next piece waits for it.
 */
export class AnswerText {
  private whole = '';
  private held = '';

  /** Takes a piece. @returns the text that can be shown now, possibly none */
  push(piece: string): string {
    let text = this.held + piece;
    const ready = text.length - (text.endsWith('\r') || highSurrogateAtEnd.test(text) ? 1 : 0);
    this.held = text.slice(ready);
    text = text.slice(0, ready);
    return this.keep(text.includes('\r') ? text.replaceAll(/\r\n?/g, '\n') : text);
  }

  /** The upstream is done. @returns what was still held back */
  end(): string {
    const rest = this.held.replace('\r', '\n');
    this.held = '';
    return this.keep(rest);
  }

  /** Everything shown so far. */
  get text(): string {
    return this.whole;
  }

  /** Whether nothing but line feeds came. */
  get isEmpty(): boolean {
    return /^\n*$/.test(this.whole);
  }

  private keep(text: string): string {
    // A half of a pair that never found its other half has no place in UTF-8.
    const shown = text.isWellFormed() ? text : text.toWellFormed();
    this.whole += shown;
    return shown;
  }
}
