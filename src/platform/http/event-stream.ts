import type { Response } from 'express';
import { drained } from './drained.js';

/** How long headers wait for a first piece, and the longest silence on an open stream. */
const silenceMs = 15_000;
/**
 * Between two writes of a stream, a frame of a screen of 60 Hz: pieces that come faster share one. A
 * write costs more than all else that is done for a piece.
 */
const writeIntervalMs = 16;
/** Characters that do not wait for the interval's end. */
const mostWaiting = 16_384;

/** How a stream ends for a reader that follows the OpenAI convention. */
const endOfStream = '[DONE]';
/** The same as it is sent. */
export const endFrame = `data: ${endOfStream}\n\n`;

export const eventStreamHeaders = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache',
  'X-Accel-Buffering': 'no',
};

/** An event as it is sent; see {@link EventStream.send}. */
export function frameOf(text: string, type?: string): string {
  if (type !== undefined) return `event: ${type}\ndata: ${text}\n\n`;
  if (text === endOfStream) return `data: ${text.slice(0, 1)}\n\ndata: ${text.slice(1)}\n\n`;
  return `data: ${text.includes('\n') ? text.replaceAll('\n', '\ndata: ') : text}\n\n`;
}

/** Writes of all streams that wait for the end of the interval: one timer wakes the process for all. */
let waitingWrites: (() => void)[] = [];

function writeTogether(write: () => void): void {
  if (waitingWrites.push(write) === 1) setTimeout(writeWaiting, writeIntervalMs);
}

function writeWaiting(): void {
  const writes = waitingWrites;
  waitingWrites = [];
  for (const write of writes) write();
}

/** The streams whose headers are out, for whoever has only the response: the error formats. */
const open = new WeakMap<Response, EventStream>();

/**
 * Writes one answer as `text/event-stream`. The headers are held until the first event, so that a
 * failure before it can have its own status, but at most 15 s; then comments keep proxies awake.
 */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  /** Frames that wait for the end of this moment, or for the next common write. */
  private frames = '';
  /** By the process's own clock. */
  private lastWriteAt = Number.NEGATIVE_INFINITY;
  private isChunked = false;
  /** While the caller reads too slowly: one wait for all events of that time. */
  private draining: Promise<void> | undefined;

  constructor(private readonly response: Response) {
    this.heartbeat = setInterval(() => {
      this.gather(': waiting\n\n');
    }, silenceMs);
    response.once('close', () => {
      clearInterval(this.heartbeat);
    });
  }

  /** The stream that this response has become, once its headers are out. */
  static of(response: Response): EventStream | undefined {
    return open.get(response);
  }

  /**
   * Sends text as one event. Text with line feeds becomes several `data:` lines, which a conforming
   * reader joins again; text that reads like the end of the stream is cut in two.
   *
   * @param type the event's name, where it has one
   * @returns a promise when the caller reads too slowly: more is to wait for it, which ends when the
   *   caller has read, or is gone
   */
  send(text: string, type?: string): Promise<void> | undefined {
    this.heartbeat.refresh();
    this.gather(frameOf(text, type));
    if (!this.response.writableNeedDrain) return undefined;
    this.draining ??= this.drained();
    return this.draining;
  }

  /** Ends a complete stream. */
  end(): void {
    this.finish(endFrame);
  }

  /** Ends a stream that failed: an error event with a sentence, and no end mark. */
  fail(sentence: string): void {
    this.finish(`event: error\ndata: ${sentence.replaceAll(/[\r\n]+/g, ' ')}\n\n`);
  }

  /** Ends a stream that failed, for readers who take any last event: no end mark either. */
  breakOff(data: string): void {
    this.finish(`data: ${data}\n\n`);
  }

  /** Pieces that came in one moment leave in one write, and so do those that come too fast. */
  private gather(frame: string): void {
    const isFirst = this.frames === '';
    this.frames += frame;
    if (this.frames.length > mostWaiting) this.flush();
    else if (isFirst && this.isTooEarly()) writeTogether(this.flush);
    else if (isFirst) process.nextTick(this.flush);
  }

  private isTooEarly(): boolean {
    return performance.now() - this.lastWriteAt < writeIntervalMs;
  }

  private readonly flush = (): void => {
    const { frames } = this;
    this.frames = '';
    if (frames === '' || this.response.destroyed || this.response.writableEnded) return;
    this.open();
    this.response.write(this.isChunked ? chunkOf(frames) : frames);
    this.lastWriteAt = performance.now();
  };

  private finish(lastFrame: string): void {
    this.open();
    const frames = this.frames + lastFrame;
    this.frames = '';
    const body = this.isChunked && frames !== '' ? chunkOf(frames) : frames;
    this.response.end(this.isChunked ? `${body}${lastChunk}` : body);
  }

  private open(): void {
    if (this.response.headersSent) return;
    open.set(this.response, this);
    this.response.writeHead(200, eventStreamHeaders);
    // Node writes a chunk in four parts, which costs twice what one string does. So the chunks of
    // HTTP/1.1 are made here, and Node passes them on as they are.
    this.isChunked = this.response.chunkedEncoding;
    this.response.chunkedEncoding = false;
  }

  /** The pause that makes the upstream wait for a slow reader. */
  private async drained(): Promise<void> {
    try {
      await drained(this.response);
    } finally {
      this.draining = undefined;
    }
  }
}

/** RFC 9112, section 7.1: the size in hexadecimal, and the bytes. */
function chunkOf(frames: string): string {
  return `${Buffer.byteLength(frames).toString(16)}\r\n${frames}\r\n`;
}

const lastChunk = '0\r\n\r\n';
