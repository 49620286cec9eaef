/** A part of a text: Markdown, or the lines within a fence. */
export interface MarkdownPart {
  text: string;
  isCode: boolean;
}

interface Fence {
  marks: string;
  /** Whether it stands in no other block. */
  isAlone: boolean;
}

/** As much of a line as says what it begins. */
const mostOfLine = 256;
/** After so many lines an empty part lets others have their time. */
const linesAtOnce = 2_048;

/**
 * Divides a text where Markdown means the same in parts: around fences that stand in no other block,
 * and behind blank lines where no list may go on, as late as a part has room for. A text that is not
 * longer than a part is one; without such a place a part is longer than it should be.
 */
export function* divided(text: string, longest: number): Generator<MarkdownPart> {
  if (text.length <= longest) yield { text, isCode: false };
  else yield* new Division(text, longest).parts();
}

class Division {
  /** Of the part that is gathered. */
  private start = 0;
  /** The last place where it may be divided. */
  private divisible = 0;
  private fence: Fence | null = null;
  private isAfterBlank = false;

  constructor(
    private readonly text: string,
    private readonly longest: number,
  ) {}

  *parts(): Generator<MarkdownPart> {
    const { text } = this;
    let lines = 0;
    for (let from = 0, to; from < text.length; from = to) {
      to = text.indexOf('\n', from) + 1 || text.length;
      const line = text.slice(from, Math.min(to, from + mostOfLine));
      const part = this.fence ? this.inFence(line, from, to) : this.outside(line, from, to);
      if (part) yield part;
      lines += 1;
      if (lines % linesAtOnce === 0) yield { text: '', isCode: false };
    }
    yield this.part(text.length, this.fence?.isAlone ?? false);
  }

  private inFence(line: string, from: number, to: number): MarkdownPart | null {
    if (!this.fence || !closes(line, this.fence)) return null;
    const { isAlone } = this.fence;
    this.fence = null;
    this.isAfterBlank = false;
    return isAlone ? this.part(from, true, to) : null;
  }

  private outside(line: string, from: number, to: number): MarkdownPart | null {
    if (this.isAfterBlank && !mayGoOn.test(line)) this.divisible = from;
    this.isAfterBlank = line.trim() === '';
    this.fence = fenceIn(line);
    if (this.fence?.isAlone) return this.part(from, false, to);
    if (to - this.start <= this.longest || this.divisible <= this.start) return null;
    return this.part(this.divisible, false);
  }

  /** What was gathered up to there; the next part begins there too, or behind the marks of a fence. */
  private part(end: number, isCode: boolean, next = end): MarkdownPart {
    const text = this.text.slice(this.start, end);
    this.start = next;
    return { text, isCode };
  }
}

/** What begins with a blank, or is an item, may belong to what is above the blank line before it. */
const mayGoOn = /^(?:\s|[-+*](?:\s|$)|\d{1,9}[.)](?:\s|$))/;

function fenceIn(line: string): Fence | null {
  const [, indent, marks] = /^(\s*)(`{3,}(?=[^`]*$)|~{3,})/.exec(line) ?? [];
  return marks === undefined ? null : { marks, isAlone: indent === '' };
}

function closes(line: string, { marks, isAlone }: Fence): boolean {
  const [, indent = '', closing = ''] = /^(\s*)(`{3,}|~{3,})\s*$/.exec(line) ?? [];
  if (isAlone && indent.length > 3) return false;
  return closing.startsWith(marks);
}
