import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import type { Caller } from '../../auth/caller.js';
import { sendTrimmed, trimmedHeaders } from '../../platform/http/context-trimmed.js';
import {
  endFrame,
  EventStream,
  eventStreamHeaders,
  frameOf,
} from '../../platform/http/event-stream.js';
import type { BufferedResponse } from '../../platform/http/buffered-response.js';
import type { IdempotentCall } from '../../idempotency/idempotent-call.js';
import { IdempotentCallsService } from '../../idempotency/idempotent-calls.service.js';
import { InFlightCalls } from '../../platform/lifecycle/in-flight-calls.js';
import type { NumberedEvent } from '../../responses/events/response-events.js';
import type { ResponseBody, ResponseEvent } from '../../responses/response-body.js';
import { replayedEvents } from '../../responses/replayed-events.js';
import type { ResponseCall } from '../../responses/response-call.js';
import { ResponseStore, type RecordAnswer } from '../../responses/response-store.js';
import { ResponseStreamsService } from '../../responses/response-streams.service.js';
import { jsonAnswer } from './json-answer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';
import type { RetrieveQuery } from './pipes.js';

type Give = (call: ResponseCall) => Promise<ResponseBody>;

/** What an Idempotency-Key goes with. */
interface Keyed {
  route: string;
  asked: { stream: boolean };
}

/** Writes a response as it is given: its events, or the whole as JSON. */
@Injectable()
export class ResponseWriter {
  constructor(
    private readonly inFlightCalls: InFlightCalls,
    private readonly store: ResponseStore,
    private readonly streams: ResponseStreamsService,
    private readonly idempotentCalls: IdempotentCallsService,
    private readonly errors: OpenAiErrorFormat,
  ) {}

  /** @throws AppError what the response failed with before its first event */
  send(response: Response, stream: boolean, give: Give): Promise<void> {
    return this.write(response, stream, give, null);
  }

  /** The same for a call that an Idempotency-Key can be sent with. */
  sendOnce(caller: Caller, { route, asked }: Keyed, response: Response, give: Give): Promise<void> {
    const request = { route, asked, response, errors: this.errors };
    return this.idempotentCalls.run(caller, request, (key) =>
      this.write(response, asked.stream, give, key),
    );
  }

  private async write(
    response: Response,
    stream: boolean,
    give: Give,
    key: IdempotentCall | null,
  ): Promise<void> {
    const events = stream ? new EventStream(response) : null;
    const given = await give({
      abort: this.inFlightCalls.get(response),
      write: events && ((event) => sendEvent(events, event)),
      trimmed: (turns) => {
        sendTrimmed(response, turns);
      },
      recordAnswer:
        key &&
        ((unitOfWork, ended) => {
          // A repeat of what failed may do better.
          if (ended.status === 'failed') key.discard(unitOfWork);
          else key.recordAnswer(unitOfWork, repeatOf(ended, stream, response));
        }),
    });
    if (events) events.end();
    else response.json(given);
  }

  /**
   * Answers with a response that goes on alone: its events as far as the caller stays, or as it is
   * now. A repeat under the same Idempotency-Key is sent those of the response that was begun.
   *
   * @throws AppError what it could not begin with
   */
  async sendBegunOnce(
    caller: Caller,
    { route, asked }: Keyed,
    response: Response,
    begin: (recordAnswer: RecordAnswer | null) => Promise<ResponseBody>,
  ): Promise<void> {
    const { stream } = asked;
    let id = '';
    const sendAgain = stream
      ? (answer: BufferedResponse): void => {
          id = unsafeCast<ResponseBody>(JSON.parse(answer.body)).id;
        }
      : null;
    const request = { route, asked, response, errors: this.errors, sendAgain };
    await this.idempotentCalls.run(caller, request, async (key) => {
      const begun = await begin(
        key &&
          ((unitOfWork, running) => {
            key.recordAnswer(unitOfWork, jsonAnswer(JSON.stringify(running), {}));
          }),
      );
      if (stream) ({ id } = begun);
      else response.json(begun);
    });
    if (stream)
      await this.follow(response, (signal) => this.streams.followBegun(caller, id, signal));
  }

  /** Answers with a stored response: as it is now, or with its events behind a number. */
  async sendStored(
    caller: Caller,
    response: Response,
    id: string,
    { stream, startingAfter }: RetrieveQuery,
  ): Promise<void> {
    if (!stream) {
      response.json(await this.store.get(caller, id));
      return;
    }
    this.inFlightCalls.open(response);
    await this.follow(response, (signal) => this.streams.follow(caller, id, startingAfter, signal));
  }

  private async follow(
    response: Response,
    open: (signal: AbortSignal) => AsyncIterable<NumberedEvent>,
  ): Promise<void> {
    const { signal } = this.inFlightCalls.get(response);
    signal.throwIfAborted();
    const stream = new EventStream(response);
    for await (const { data, type } of open(signal)) {
      await stream.send(data, type);
    }
    stream.end();
  }
}

/** What a repeat under the same Idempotency-Key is sent. */
function repeatOf(ended: ResponseBody, stream: boolean, response: Response): BufferedResponse {
  const trimmed = trimmedHeaders(response);
  if (!stream) return jsonAnswer(JSON.stringify(ended), trimmed);
  const frames = replayedEvents(ended).map((event) => frameOf(JSON.stringify(event), event.type));
  return {
    status: 200,
    headers: { ...eventStreamHeaders, ...trimmed },
    body: frames.join('') + endFrame,
  };
}

function sendEvent(events: EventStream, event: ResponseEvent): Promise<void> | undefined {
  return events.send(JSON.stringify(event), event.type);
}
