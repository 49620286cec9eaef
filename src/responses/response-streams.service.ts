import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { numbered, ResponseEvents, type NumberedEvent } from './events/response-events.js';
import { EndWatch } from './end-watch.js';
import { endingOf, type ResponseBody } from './response-body.js';
import { NotInBackgroundError, ResponseNotFoundError } from './responses.errors.js';
import { ResponsesRepository } from './responses.repository.js';

/** The events of responses in the background, for whoever wants to follow or resume them. */
@Injectable()
export class ResponseStreamsService {
  private readonly lookEveryMs: number;

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly events: ResponseEvents,
    settings: Settings,
  ) {
    this.lookEveryMs = (settings.conversations.turnLeaseSeconds * 1_000) / 3;
  }

  /**
   * The events behind a number, each once, until the response ends. The process that gives it may
   * die and never end its events: then the last one is made of what the database says.
   *
   * @param startingAfter -1 is from the beginning
   * @param signal ends the waiting: the iteration fails with its reason
   * @throws ResponseNotFoundError, NotInBackgroundError or ResponseEventsLostError, from the iteration
   */
  async *follow(
    id: string,
    startingAfter: number,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    const { background } = await this.get(id);
    if (!background) throw new NotInBackgroundError('be streamed again');
    const watch = new EndWatch(() => this.findEnded(id), this.lookEveryMs);
    let last = startingAfter;
    try {
      const either = AbortSignal.any([signal, watch.signal]);
      for await (const event of this.events.read(id, startingAfter, either)) {
        watch.pause();
        last = event.number;
        yield event;
        signal.throwIfAborted();
        watch.resume();
      }
    } catch (error) {
      if (signal.aborted || !watch.ended) throw error;
      yield numbered(endingOf(watch.ended, last + 1));
    } finally {
      watch.stop();
    }
  }

  private async get(id: string): Promise<ResponseBody> {
    const found = await this.responses.find(id);
    if (!found) throw new ResponseNotFoundError(id);
    return found.body;
  }

  private async findEnded(id: string): Promise<ResponseBody | null> {
    const body = await this.get(id);
    return body.status === 'in_progress' ? null : body;
  }
}
