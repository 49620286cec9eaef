import type { Env } from 'markdown-it';
import { alreadyHtml, html, type Html } from '../html.js';
import { divided } from './divided-markdown.js';
import { codeBlockEnd, codeBlockStart, renderMarkdown } from './markdown.js';

/** Read as Markdown at a time: a page is made in pieces, and what is in between is everyone else's time. */
const mostMarkdownAtOnce = 8_192;
/** Escaped at a time. */
const mostTextAtOnce = 32_768;

/** To begin to read a text takes as long as to read so many characters. */
const fewestOfText = 64;

/** How much Markdown one page still reads, in characters. */
export class MarkdownAllowance {
  private left = 524_288;
  private isAnnounced = false;

  /** @returns how many of so many characters of a text are read */
  take(wanted: number): number {
    const taken = Math.min(wanted, this.left);
    this.left -= Math.min(Math.max(wanted, fewestOfText), this.left);
    return taken;
  }

  /** Whether it is the first time that somebody has to say that there is no more. */
  announce(): boolean {
    const isFirst = !this.isAnnounced;
    this.isAnnounced = true;
    return isFirst;
  }
}

/** What is said before text that is shown as it was written. */
export interface PlainNotices {
  /** Where it cannot be read as Markdown in little time. */
  involved: Html;
  /** Where the page is too long for that, once. */
  long: Html;
}

/**
 * What was said, as HTML in pieces that each take little time. Markdown that is long is read in parts,
 * between which no block goes on; parts that cannot be read in little time are shown as they were
 * written, and so is what is beyond the allowance.
 */
export function* piecesOf(
  text: string,
  allowance: MarkdownAllowance,
  notices: PlainNotices,
): Generator<Html> {
  const read = beginningOf(text, allowance.take(text.length));
  // One for all parts: an address that one of them names holds for those behind it.
  const env: Env = {};
  if (read !== '') {
    for (const part of divided(read, mostMarkdownAtOnce)) {
      yield* part.isCode ? codePieces(part.text) : markdownPieces(part.text, env, notices);
    }
  }
  if (read.length === text.length) return;
  if (allowance.announce()) yield notices.long;
  yield* plainPieces(text, read.length);
}

function* markdownPieces(text: string, env: Env, { involved }: PlainNotices): Generator<Html> {
  const rendered = text.length <= mostMarkdownAtOnce ? renderMarkdown(text, env) : null;
  if (rendered) {
    yield rendered;
    return;
  }
  yield involved;
  yield* plainPieces(text, 0);
}

function* plainPieces(text: string, from: number): Generator<Html> {
  yield alreadyHtml('<div class="plain-text">');
  yield* escaped(text, from);
  yield alreadyHtml('</div>\n');
}

function* codePieces(text: string): Generator<Html> {
  yield alreadyHtml(codeBlockStart);
  yield* escaped(text, 0);
  yield alreadyHtml(codeBlockEnd);
}

function* escaped(text: string, from: number): Generator<Html> {
  for (let at = from, end; at < text.length; at = end) {
    end = wholeCharacters(text, at + mostTextAtOnce);
    yield html`${text.slice(at, end)}`;
  }
}

/** An end at or just behind `end` that is in the middle of no character. */
function wholeCharacters(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last < 0xdc00 ? end + 1 : end;
}

/** At most so many characters, in whole lines. */
function beginningOf(text: string, most: number): string {
  if (most >= text.length) return text;
  return most === 0 ? '' : text.slice(0, text.lastIndexOf('\n', most - 1) + 1);
}
