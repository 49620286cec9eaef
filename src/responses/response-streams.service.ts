import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import { numbered, ResponseEvents, type NumberedEvent } from './events/response-events.js';
import { Notifier } from './events/notifier.js';
import { CompletionWatcher } from './completion-watcher.js';
import { begun, finalEventOf, type ResponseBody } from './response-body.js';
import { NotInBackgroundError, ResponseEventsLostError } from './responses.errors.js';
import { ResponseStore } from './response-store.js';

/** The events of responses in the background, for whoever wants to follow or resume them. */
@Injectable()
export class ResponseStreamsService {
  private readonly lookEveryMs: number;

  constructor(
    private readonly store: ResponseStore,
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
    caller: Caller,
    id: string,
    startingAfter: number,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    const { background } = await this.store.get(caller, id);
    if (!background) throw new NotInBackgroundError('be streamed again');
    const watch = new CompletionWatcher(() => this.findEnded(caller, id), this.lookEveryMs);
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
      yield numbered(finalEventOf(watch.ended, last + 1));
    } finally {
      watch.stop();
    }
  }

  /**
   * All events of a response that its caller has begun. Where they are lost, its first and its last
   * one are made of what the database says: who begins a response must learn its id.
   *
   * @throws like {@link follow}
   */
  async *followBegun(
    caller: Caller,
    id: string,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    let hasBegun = false;
    try {
      for await (const event of this.follow(caller, id, -1, signal)) {
        hasBegun = true;
        yield event;
      }
    } catch (error) {
      if (hasBegun || !(error instanceof ResponseEventsLostError)) throw error;
      yield* this.outline(caller, id, signal);
    }
  }

  private async *outline(
    caller: Caller,
    id: string,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    const response = await this.store.get(caller, id);
    yield numbered({
      type: 'response.created',
      response: begun(response),
      sequence_number: 0,
    });
    const ended =
      response.status === 'in_progress' ? await this.ended(caller, id, signal) : response;
    yield numbered(finalEventOf(ended, 1));
  }

  /** Waits for the end. @throws the signal's reason, or ResponseNotFoundError */
  private async ended(caller: Caller, id: string, signal: AbortSignal): Promise<ResponseBody> {
    const watch = new CompletionWatcher(() => this.findEnded(caller, id), this.lookEveryMs);
    try {
      await new Notifier().wait(AbortSignal.any([signal, watch.signal]));
    } catch (error) {
      if (signal.aborted || !watch.ended) throw error;
    } finally {
      watch.stop();
    }
    return watch.ended ?? this.store.get(caller, id);
  }

  private async findEnded(caller: Caller, id: string): Promise<ResponseBody | null> {
    const body = await this.store.get(caller, id);
    return body.status === 'in_progress' ? null : body;
  }
}
