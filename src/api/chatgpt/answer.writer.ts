import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { sendTrimmed, trimmedHeaders } from '../../platform/http/context-trimmed.js';
import {
  endFrame,
  EventStream,
  eventStreamHeaders,
  frameOf,
} from '../../platform/http/event-stream.js';
import type { Caller } from '../../auth/caller.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { BufferedResponse } from '../../platform/http/buffered-response.js';
import type { IdempotentCall } from '../../idempotency/idempotent-call.js';
import { IdempotentCallsService } from '../../idempotency/idempotent-calls.service.js';
import { InFlightCalls } from '../../platform/lifecycle/in-flight-calls.js';
import type { TextSink, TurnCall } from '../../turns/turn-call.js';
import { ChatgptErrorFormat } from './chatgpt-error.format.js';

const textHeaders = { 'Content-Type': 'text/plain; charset=utf-8' };

/** Writes an answer to the caller as it comes: plain text, or an event stream. */
@Injectable()
export class AnswerWriter {
  constructor(
    private readonly inFlightCalls: InFlightCalls,
    private readonly idempotentCalls: IdempotentCallsService,
    private readonly errors: ChatgptErrorFormat,
  ) {}

  /**
   * @param ask starts the turn; it goes on when the caller has left, because the turn itself decides
   *   what is kept
   * @throws AppError what the turn failed with
   */
  send(response: Response, ask: (call: TurnCall) => Promise<void>): Promise<void> {
    return this.write(response, ask, null);
  }

  /**
   * The same for a call that an Idempotency-Key can be sent with.
   *
   * @param asked all that the answer depends on, but whether it is streamed
   */
  sendOnce(
    caller: Caller,
    route: string,
    asked: readonly unknown[],
    response: Response,
    ask: (call: TurnCall) => Promise<void>,
  ): Promise<void> {
    const request = {
      route,
      asked: [...asked, wantsStream(response.req)],
      response,
      errors: this.errors,
    };
    return this.idempotentCalls.run(caller, request, (key) => this.write(response, ask, key));
  }

  private async write(
    response: Response,
    ask: (call: TurnCall) => Promise<void>,
    key: IdempotentCall | null,
  ): Promise<void> {
    const abort = this.inFlightCalls.get(response);
    const answer = new WrittenAnswer(response, key !== null);
    const recordAnswer =
      key &&
      ((unitOfWork: UnitOfWork): void => {
        key.recordAnswer(unitOfWork, answer.whole());
      });
    await ask({ abort, stream: wantsStream(response.req), text: answer, recordAnswer });
    if (key && !key.isRecorded) await key.saveAnswer(answer.whole());
    answer.end();
  }
}

/** One answer on its way to its caller. */
class WrittenAnswer implements TextSink {
  private stream: EventStream | null = null;
  private text = '';

  /** @param isKeyed whether someone may ask for the whole, also when the caller has left */
  constructor(
    private readonly response: Response,
    private readonly isKeyed: boolean,
  ) {}

  start(stream: boolean): void {
    if (stream) this.stream = new EventStream(this.response);
  }

  trimmed(turns: number): void {
    sendTrimmed(this.response, turns);
  }

  write(text: string): Promise<void> | undefined {
    if (!this.stream) {
      this.text = text;
      return undefined;
    }
    if (this.isKeyed) this.text += text;
    return this.stream.send(text);
  }

  /** A stream as one whose text is in one piece. */
  whole(): BufferedResponse {
    const { stream, text, response } = this;
    return {
      status: 200,
      headers: { ...(stream ? eventStreamHeaders : textHeaders), ...trimmedHeaders(response) },
      body: stream ? `${frameOf(text)}${endFrame}` : text,
    };
  }

  end(): void {
    if (this.stream) this.stream.end();
    else this.endText();
  }

  /** Without express's `send`, which looks for what an answer of a model never has. */
  private endText(): void {
    this.response.setHeader('Content-Type', textHeaders['Content-Type']);
    this.response.end(this.text);
  }
}

function wantsStream({ headers }: Request): boolean {
  return headers.accept?.includes('text/event-stream') ?? false;
}
