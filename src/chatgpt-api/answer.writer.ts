import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { EventStream } from '../common/http/event-stream.js';
import { RunningCalls } from '../rate-limit/running-calls.js';
import type { TurnCall, TurnEvent } from '../turns/turn-event.js';

/** Writes an answer to the caller as it comes: plain text, or an event stream. */
@Injectable()
export class AnswerWriter {
  constructor(private readonly runningCalls: RunningCalls) {}

  /**
   * @param ask starts the turn; its events are read to the end even when the caller has left,
   *   because the turn itself decides what is kept
   * @throws AppError what the turn failed with
   */
  async send(response: Response, ask: (call: TurnCall) => AsyncIterable<TurnEvent>): Promise<void> {
    const call = { abort: this.runningCalls.get(response), stream: wantsStream(response.req) };
    let stream: EventStream | null = null;
    let text = '';
    for await (const event of ask(call)) {
      switch (event.type) {
        case 'started':
          if (event.stream) stream = new EventStream(response);
          break;
        case 'piece':
          if (stream) await stream.send(event.text);
          else text = event.text;
          break;
        case 'done':
          if (stream) stream.end();
          else sendText(response, text);
          break;
        case 'failed':
          throw event.error;
      }
    }
  }
}

/** Without express's `send`, which looks for what an answer of a model never has. */
function sendText(response: Response, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(text);
}

function wantsStream({ headers }: Request): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}
