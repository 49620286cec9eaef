import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { EventStream } from '../common/http/event-stream.js';
import { RunningCalls } from '../rate-limit/running-calls.js';
import type { ResponseBody, ResponseEvent } from '../responses/response-body.js';
import { ResponseStreamsService } from '../responses/response-streams.service.js';
import type { ResponseCall } from '../responses/responses.service.js';
import { StoredResponsesService } from '../responses/stored-responses.service.js';
import type { RetrieveWish } from './pipes.js';

/** Writes a response as it is given: its events, or the whole as JSON. */
@Injectable()
export class ResponseWriter {
  constructor(
    private readonly runningCalls: RunningCalls,
    private readonly stored: StoredResponsesService,
    private readonly streams: ResponseStreamsService,
  ) {}

  /** @throws AppError what the response failed with before its first event */
  async send(
    response: Response,
    stream: boolean,
    give: (call: ResponseCall) => Promise<ResponseBody>,
  ): Promise<void> {
    const events = stream ? new EventStream(response) : null;
    const given = await give({
      abort: this.runningCalls.get(response),
      take: events && ((event) => sendEvent(events, event)),
      trimmed: (turns) => {
        if (!response.headersSent) response.setHeader('x-context-trimmed', turns);
      },
    });
    if (events) events.close();
    else response.json(given);
  }

  /**
   * Answers with a response that goes on alone: its events as far as the caller stays, or as it is
   * now.
   *
   * @throws AppError what it could not begin with
   */
  async sendBegun(
    response: Response,
    stream: boolean,
    begin: () => Promise<ResponseBody>,
  ): Promise<void> {
    const begun = await begin();
    if (!stream) response.json(begun);
    else await this.follow(response, begun.id, -1);
  }

  /** Answers with a stored response: as it is now, or with its events behind a number. */
  async sendStored(
    response: Response,
    id: string,
    { stream, startingAfter }: RetrieveWish,
  ): Promise<void> {
    if (!stream) {
      response.json(await this.stored.get(id));
      return;
    }
    this.runningCalls.open(response);
    await this.follow(response, id, startingAfter);
  }

  private async follow(response: Response, id: string, startingAfter: number): Promise<void> {
    const { signal } = this.runningCalls.get(response);
    signal.throwIfAborted();
    const stream = new EventStream(response);
    for await (const { data, type } of this.streams.follow(id, startingAfter, signal)) {
      await stream.send(data, type);
    }
    stream.close();
  }
}

function sendEvent(events: EventStream, event: ResponseEvent): Promise<void> | undefined {
  return events.send(JSON.stringify(event), event.type);
}
