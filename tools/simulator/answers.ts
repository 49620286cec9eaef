import type { Behaviour } from './behaviour.js';
import { asksForSummary, endsWithSpeaker } from './request-body.js';

/** What the model says: its pieces by index, so that a long one need never be whole in memory. */
export interface Answer {
  readonly length: number;
  pieceCount(): number;
  pieceAt(index: number): string;
  wholeText(): string;
}

/** A given text; split only when streamed. */
class TextAnswer implements Answer {
  readonly length: number;

  constructor(
    private readonly text: string,
    private pieces?: readonly string[],
  ) {
    this.length = text.length;
  }

  pieceCount(): number {
    this.pieces ??= splitIntoPieces(this.text);
    return this.pieces.length;
  }

  pieceAt(index: number): string {
    this.pieces ??= splitIntoPieces(this.text);
    return this.pieces[index] ?? '';
  }

  wholeText(): string {
    return this.text;
  }
}

/** As many pieces as asked for, each made when its turn comes. */
class GeneratedAnswer implements Answer {
  readonly length: number;

  constructor(
    private readonly count: number,
    private readonly pieceBytes: number,
  ) {
    this.length = count * pieceBytes;
  }

  pieceCount(): number {
    return this.count;
  }

  pieceAt(index: number): string {
    return generatedPiece(index, this.pieceBytes);
  }

  wholeText(): string {
    return Array.from({ length: this.count }, (_, index) => this.pieceAt(index)).join('');
  }
}

const quoteLength = 200;
const summaryLength = 80;
const defaultPieceBytes = 12;
const filler = 'the quick brown fox jumps over the lazy dog and ';
const scriptsWithoutSpaces =
  '\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Hangul}\\p{sc=Thai}';
const pieceOfText = new RegExp(
  `\\s*(?:[${scriptsWithoutSpaces}]{1,2}|[^\\s${scriptsWithoutSpaces}]{1,16})|\\s+`,
  'gu',
);

export function answerFor(behaviour: Behaviour, questionText: string): Answer {
  const { answer, pieces, pieceBytes = defaultPieceBytes } = behaviour;
  if (answer === undefined && pieces !== undefined) return new GeneratedAnswer(pieces, pieceBytes);
  if (Array.isArray(answer)) return new TextAnswer(answer.join(''), answer);
  if (answer === undefined && behaviour.toolCalls !== undefined) return new TextAnswer('');
  return new TextAnswer(answer ?? defaultAnswer(questionText));
}

/** Why the model stops, unless its behaviour says otherwise. */
export function finishReasonOf({ finishReason, toolCalls }: Behaviour): string | null {
  if (finishReason !== undefined) return finishReason;
  return toolCalls === undefined ? 'stop' : 'tool_calls';
}

/** Piece `index` of a generated answer: its number, then filler, exactly `bytes` ASCII characters. */
export function generatedPiece(index: number, bytes: number = defaultPieceBytes): string {
  const start = `${index} ${filler}`;
  return start.repeat(Math.ceil(bytes / start.length)).slice(0, bytes);
}

/** Groups of characters whose concatenation is the text; no code point is cut. */
export function splitIntoPieces(text: string): string[] {
  return text.match(pieceOfText) ?? [];
}

/** About one token for four characters, at least one. */
export function countTokens(length: number): number {
  return Math.max(1, Math.ceil(length / 4));
}

/** Deterministic and short; a transcript is answered by its last sentence, an article summed up. */
export function defaultAnswer(questionText: string): string {
  const article = findArticle(questionText);
  if (article !== null) return `In short: ${clip(article, summaryLength)}`;
  const text = endsWithSpeaker(questionText) ? lastSentence(questionText) : questionText;
  const quoted = clip(text, quoteLength);
  return quoted === '' ? 'You said nothing.' : `You said: ${quoted}`;
}

/** The text before a closing `Tl;dr`. */
function findArticle(text: string): string | null {
  if (!asksForSummary(text)) return null;
  const article = text.slice(0, text.toLowerCase().lastIndexOf('tl;dr')).trimEnd();
  return article === '' ? null : article;
}

function lastSentence(transcript: string): string {
  const before = transcript.slice(0, transcript.lastIndexOf('\n')).trimEnd();
  let end = before.length;
  while (end > 0) {
    const lineStart = before.lastIndexOf('\n', end - 1) + 1;
    const speaker = /^[^:\n]{1,64}: /.exec(before.slice(lineStart, end));
    if (speaker !== null) return before.slice(lineStart + speaker[0].length);
    end = lineStart - 1;
  }
  return before.slice(before.lastIndexOf('\n') + 1);
}

function clip(text: string, length: number): string {
  // A code point is at most two UTF-16 units, so this much of the text always suffices.
  const start = text
    .trimStart()
    .slice(0, 2 * length + 2)
    .replace(/\s+/g, ' ')
    .trimEnd();
  if (start.length <= length) return start;
  const codePoints = Array.from(start);
  return codePoints.length <= length ? start : `${codePoints.slice(0, length).join('')}…`;
}
