import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import type { Response } from 'express';
import { CallerLeftError } from './caller-left.error.js';

/** How long headers wait for a first piece, and the longest silence on an open stream. */
const silenceMs = 15_000;
/** A caller that has taken nothing for so long counts as gone. */
const drainMs = 30_000;

/** How a stream ends for a reader that follows the OpenAI convention. */
const endOfStream = '[DONE]';

/**
 * Writes one answer as `text/event-stream`. The headers are held until the first event, so that a
 * failure before it can have its own status, but at most 15 s; then comments keep proxies awake.
 */
export class EventStream {
  private readonly heartbeat: NodeJS.Timeout;
  private isGathering = false;

  constructor(private readonly response: Response) {
    this.heartbeat = setInterval(() => {
      this.open();
      response.write(': waiting\n\n');
    }, silenceMs);
    response.once('close', () => {
      clearInterval(this.heartbeat);
    });
  }

  /**
   * Sends text as one event. Text with line feeds becomes several `data:` lines, which a conforming
   * reader joins again; text that reads like the end of the stream is cut in two.
   *
   * @throws CallerLeftError when the caller stopped reading
   */
  async send(text: string): Promise<void> {
    if (text === endOfStream) {
      await this.write(`data: ${text.slice(0, 1)}\n\ndata: ${text.slice(1)}\n\n`);
      return;
    }
    await this.write(`data: ${text.replaceAll('\n', '\ndata: ')}\n\n`);
  }

  /** Ends a complete stream. */
  end(): void {
    this.open();
    this.response.end(`data: ${endOfStream}\n\n`);
  }

  private async write(frame: string): Promise<void> {
    this.open();
    this.heartbeat.refresh();
    this.gather();
    if (this.response.write(frame) || this.response.destroyed) return;
    await this.drained();
  }

  /** Pieces that came in one moment leave in one write: system calls cost more than all else here. */
  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    this.response.cork();
    setImmediate(() => {
      this.isGathering = false;
      this.response.uncork();
    });
  }

  private open(): void {
    if (this.response.headersSent) return;
    this.response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-cache',
      'X-Accel-Buffering': 'no',
    });
  }

  /** The pause that makes the upstream wait for a slow reader. */
  private async drained(): Promise<void> {
    const patience = new AbortController();
    const { signal } = patience;
    try {
      const left = once(this.response, 'close', { signal });
      const tooSlow = pause(drainMs, 'too slow', { signal });
      const outcome = await Promise.race([once(this.response, 'drain', { signal }), left, tooSlow]);
      if (outcome !== 'too slow') return;
      this.response.destroy();
      throw new CallerLeftError();
    } finally {
      patience.abort();
    }
  }
}

/** Whether an answer has already begun as a stream. */
export function isStreaming(response: Response): boolean {
  return String(response.getHeader('content-type')).startsWith('text/event-stream');
}

/** Ends a stream that failed: an error event with a sentence, and no end mark. */
export function failStream(response: Response, sentence: string): void {
  response.end(`event: error\ndata: ${sentence.replaceAll(/[\r\n]+/g, ' ')}\n\n`);
}
