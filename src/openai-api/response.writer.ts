import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { EventStream } from '../common/http/event-stream.js';
import { RunningCalls } from '../rate-limit/running-calls.js';
import type { ResponseBody, ResponseEvent } from '../responses/response-body.js';
import type { ResponseCall } from '../responses/responses.service.js';

/** Writes a response as it is given: its events, or the whole as JSON. */
@Injectable()
export class ResponseWriter {
  constructor(private readonly runningCalls: RunningCalls) {}

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
}

function sendEvent(events: EventStream, event: ResponseEvent): Promise<void> | undefined {
  return events.send(JSON.stringify(event), event.type);
}
