import type { Clock } from '../../platform/time/clock.js';
import { LoopShare } from '../../platform/time/loop-share.js';
import type { Html } from './html.js';

/** Of a turn of the event loop, for all pages together: a piece of one may take as long again. */
const shareMs = 10;
/** Characters that leave together. */
const mostOfPart = 32_768;

/**
 * A page that is made when there is time, in parts: any number of readers have each part as soon as it
 * is there, and none of them waits for another.
 */
export class PageInParts implements AsyncIterable<string> {
  private readonly parts: string[] = [];
  private isComplete = false;
  /** Characters of all parts. */
  length = 0;
  /** Wake the readers that have had every part so far. */
  private waiting: (() => void)[] = [];
  private fault: Error | null = null;

  /**
   * Makes all of it, also when nobody reads any more: the next one will.
   *
   * @param pieces each of which takes little time to make
   */
  async make(pieces: Iterable<Html>, loop: LoopShare): Promise<void> {
    const made = pieces[Symbol.iterator]();
    let part: string[] = [];
    let length = 0;
    for (;;) {
      const turn = loop.next();
      if (turn) await turn;
      const piece = made.next();
      if (piece.done) break;
      const text = piece.value.toString();
      part.push(text);
      length += text.length;
      if (length < mostOfPart) continue;
      // Joined and not added up: that would keep every piece, for as long as the page is kept.
      this.add(part.join(''));
      part = [];
      length = 0;
    }
    this.isComplete = true;
    this.add(part.join(''));
  }

  /** It cannot be made: readers are told. */
  fail(fault: Error): void {
    this.fault = fault;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string> {
    for (let at = 0; ; at += 1) {
      while (at >= this.parts.length) {
        if (this.fault) throw this.fault;
        if (this.isComplete) return;
        await new Promise<void>((resolve) => this.waiting.push(resolve));
      }
      yield this.parts[at] ?? '';
    }
  }

  private add(part: string): void {
    this.parts.push(part);
    this.length += part.length;
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const resume of waiting) resume();
  }
}

/** What all pages together have of the event loop. */
export function pagesShareOf(clock: Clock): LoopShare {
  return new LoopShare(clock, shareMs);
}
