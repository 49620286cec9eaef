import { AnswerTooLargeError } from './answer-limits.js';

const mostLinesOfEvent = 1_000;
/** More than the longest answers of today have tokens. */
const mostEvents = 300_000;
/** Comments, blank lines and fields that are not read included. */
const mostLines = 1_000_000;
const byteOrderMark = 0xfeff;

/**
 * Takes the `data` out of an event stream of any line ends. Everything that an upstream could send
 * without end is bounded: an event, its lines, events, and lines that are none of an event.
 */
export class EventParser {
  /** Of the line that is not complete yet. */
  private partial = '';
  private data: string | null = null;
  private linesOfEvent = 0;
  private lines = 0;
  private events = 0;
  /** The last line ended with CR: a LF that comes next belongs to it. */
  private endedWithCr = false;

  /**
   * @param take takes the data of each event
   * @param longestEvent in characters
   */
  constructor(
    private readonly take: (data: string) => void,
    private readonly longestEvent: number,
  ) {}

  /** @param text what came next @throws AnswerTooLargeError */
  feed(text: string): void {
    let rest = text;
    if (this.endedWithCr || rest.includes('\r')) rest = this.withLineFeeds(rest);
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      this.line(this.partial === '' ? rest.slice(start, end) : this.partial + rest.slice(0, end));
      this.partial = '';
      start = end + 1;
    }
    if (start < rest.length) this.partial += rest.slice(start);
    if (this.partial.length > this.longestEvent) throw new AnswerTooLargeError();
  }

  private withLineFeeds(text: string): string {
    const rest = this.endedWithCr && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') this.endedWithCr = text.endsWith('\r');
    return rest.replace(/\r\n?/g, '\n');
  }

  private line(text: string): void {
    // Where streams are joined there are more than the one that they may begin with.
    const line = text.charCodeAt(0) === byteOrderMark ? text.slice(1) : text;
    this.lines += 1;
    if (line === '') {
      this.dispatch();
      return;
    }
    this.linesOfEvent += 1;
    if (line.startsWith('data:')) this.add(line.slice(line.charCodeAt(5) === 0x20 ? 6 : 5));
    else if (line === 'data') this.add('');
    if (this.linesOfEvent > mostLinesOfEvent || this.lines > mostLines) {
      throw new AnswerTooLargeError();
    }
  }

  private add(value: string): void {
    this.data = this.data === null ? value : `${this.data}\n${value}`;
    if (this.data.length > this.longestEvent) throw new AnswerTooLargeError();
  }

  private dispatch(): void {
    const { data } = this;
    this.data = null;
    this.linesOfEvent = 0;
    if (data === null) {
      if (this.lines > mostLines) throw new AnswerTooLargeError();
      return;
    }
    this.events += 1;
    if (this.events > mostEvents) throw new AnswerTooLargeError();
    this.take(data);
  }
}
