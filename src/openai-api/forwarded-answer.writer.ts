import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { EventStream } from '../common/http/event-stream.js';
import type { Fields } from '../common/json/fields.js';
import { RunningCalls } from '../rate-limit/running-calls.js';
import type { ForwardRequest } from '../upstream/forward.js';
import { UpstreamService } from '../upstream/upstream.service.js';

/** Passes a call on to the upstream and writes its answer as it comes. */
@Injectable()
export class ForwardedAnswerWriter {
  constructor(
    private readonly upstream: UpstreamService,
    private readonly runningCalls: RunningCalls,
  ) {}

  /** @throws AppError what is wrong with the call, or what it failed with */
  async send(path: ForwardRequest['path'], body: Fields, response: Response): Promise<void> {
    const model = body.requiredText('model');
    const stream = body.flag('stream') ?? false;
    const call = { stream, abort: this.runningCalls.get(response) };
    const request = { path, model, body: body.object };
    if (!stream) {
      await this.upstream.forward(request, call, ({ data }) => {
        sendJson(response, data);
      });
      return;
    }
    const events = new EventStream(response);
    await this.upstream.forward(request, call, ({ data }) => events.send(data));
    events.end();
  }
}

/** The upstream's own text: to read and write it again would only lose what nobody here knows. */
function sendJson(response: Response, text: string): undefined {
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.end(text);
}
