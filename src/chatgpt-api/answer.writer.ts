import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { EventStream } from '../common/http/event-stream.js';
import { RunningCalls } from '../rate-limit/running-calls.js';
import type { AnswerReader, TurnCall } from '../turns/turn-call.js';

/** Writes an answer to the caller as it comes: plain text, or an event stream. */
@Injectable()
export class AnswerWriter {
  constructor(private readonly runningCalls: RunningCalls) {}

  /**
   * @param ask starts the turn; it goes on when the caller has left, because the turn itself decides
   *   what is kept
   * @throws AppError what the turn failed with
   */
  async send(response: Response, ask: (call: TurnCall) => Promise<void>): Promise<void> {
    const abort = this.runningCalls.get(response);
    const answer = new WrittenAnswer(response);
    await ask({ abort, stream: wantsStream(response.req), reader: answer });
    answer.end();
  }
}

/** One answer on its way to its caller. */
class WrittenAnswer implements AnswerReader {
  private stream: EventStream | null = null;
  private text = '';

  constructor(private readonly response: Response) {}

  start(stream: boolean): void {
    if (stream) this.stream = new EventStream(this.response);
  }

  trimmed(turns: number): void {
    if (!this.response.headersSent) this.response.setHeader('x-context-trimmed', turns);
  }

  take(text: string): Promise<void> | undefined {
    if (this.stream) return this.stream.send(text);
    this.text = text;
    return undefined;
  }

  end(): void {
    if (this.stream) this.stream.end();
    else this.endText();
  }

  /** Without express's `send`, which looks for what an answer of a model never has. */
  private endText(): void {
    this.response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    this.response.end(this.text);
  }
}

function wantsStream({ headers }: Request): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}
