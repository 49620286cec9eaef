import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { tellTrimmed, trimmedHeaders } from '../common/http/context-trimmed.js';
import { EventStream, eventStreamHeaders, frameOf } from '../common/http/event-stream.js';
import type { WholeAnswer } from '../common/http/whole-answer.js';
import type { KeyedCall } from '../idempotency/keyed-call.js';
import { KeyedCallsService } from '../idempotency/keyed-calls.service.js';
import { RunningCalls } from '../rate-limit/running-calls.js';
import type { ResponseBody, ResponseEvent } from '../responses/response-body.js';
import type { ResponseCall } from '../responses/responses.service.js';
import { CondensedEvents } from './condensed-events.js';
import { jsonAnswer } from './json-answer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';

type Give = (call: ResponseCall) => Promise<ResponseBody>;

/** Writes a response as it is given: its events, or the whole as JSON. */
@Injectable()
export class ResponseWriter {
  constructor(
    private readonly runningCalls: RunningCalls,
    private readonly keyedCalls: KeyedCallsService,
    private readonly errors: OpenAiErrorFormat,
  ) {}

  /** @throws AppError what the response failed with before its first event */
  send(response: Response, stream: boolean, give: Give): Promise<void> {
    return this.write(response, stream, give, null);
  }

  /** The same for a call that an Idempotency-Key can be sent with. */
  sendOnce(
    route: string,
    asked: { stream: boolean },
    response: Response,
    give: Give,
  ): Promise<void> {
    const request = { route, asked, response, errors: this.errors };
    return this.keyedCalls.run(request, (key) => this.write(response, asked.stream, give, key));
  }

  private async write(
    response: Response,
    stream: boolean,
    give: Give,
    key: KeyedCall | null,
  ): Promise<void> {
    const events = stream ? new EventStream(response, key !== null) : null;
    const kept = key && new KeptResponse(key, response, stream);
    const given = await give({
      abort: this.runningCalls.get(response),
      take:
        events &&
        ((event) => {
          kept?.take(event);
          return sendEvent(events, event);
        }),
      trimmed: (turns) => {
        tellTrimmed(response, turns);
      },
      alsoWritten: kept && ((ended) => [kept.statementFor(ended)]),
    });
    if (events) events.close();
    else response.json(given);
  }
}

/** A response under an Idempotency-Key: what a repeat is sent. */
class KeptResponse {
  private readonly events = new CondensedEvents();

  constructor(
    private readonly key: KeyedCall,
    private readonly response: Response,
    private readonly isStreamed: boolean,
  ) {}

  take(event: ResponseEvent): void {
    this.events.add(event);
  }

  /** A response that failed is not kept: a repeat may do better. */
  statementFor(ended: ResponseBody) {
    return ended.status === 'failed' ? this.key.forgetting() : this.key.keeping(this.whole(ended));
  }

  private whole(ended: ResponseBody): WholeAnswer {
    const trimmed = trimmedHeaders(this.response);
    if (!this.isStreamed) return jsonAnswer(JSON.stringify(ended), trimmed);
    const frames = this.events
      .endingWith(ended)
      .map((event) => frameOf(JSON.stringify(event), event.type));
    return { status: 200, headers: { ...eventStreamHeaders, ...trimmed }, body: frames.join('') };
  }
}

function sendEvent(events: EventStream, event: ResponseEvent): Promise<void> | undefined {
  return events.send(JSON.stringify(event), event.type);
}
