import type { ResponseEvent } from '../response-body.js';

/** One event of a response as it is sent. */
export interface NumberedEvent {
  /** Its `sequence_number`: from 0, without gaps. */
  number: number;
  type: string;
  /** Its JSON text, number and type included. */
  data: string;
}

export function numbered(event: ResponseEvent): NumberedEvent {
  return { number: event.sequence_number, type: event.type, data: JSON.stringify(event) };
}

/**
 * The events of background responses, kept so that readers can follow and resume them: while the
 * response runs and for an hour after its end, the newest 4 MiB of each. What could not be kept is
 * lost; nothing fails because of it but reading.
 */
export abstract class ResponseEvents {
  /**
   * Keeps the next event. Once the first one is kept, the response can be read.
   *
   * @returns a promise when more is to wait for it; it does not reject
   */
  abstract append(responseId: string, event: NumberedEvent): Promise<void> | undefined;

  /**
   * No more events will come; does not reject. A response whose process died is never ended, which
   * readers of it find out for themselves.
   */
  abstract end(responseId: string): Promise<void>;

  /** Forgets the events; who reads them hears that they are lost. */
  abstract delete(responseId: string): Promise<void>;

  /**
   * The events behind a number, each once and in order: those that are kept, then those to come,
   * until the response is ended. Nothing, if there are none behind it.
   *
   * @param startingAfter the last number that the reader has; -1 is none
   * @param signal ends the waiting for more: the iteration fails with its reason
   * @throws ResponseEventsLostError, from the iteration, when the next event is not kept (any more)
   */
  abstract read(
    responseId: string,
    startingAfter: number,
    signal: AbortSignal,
  ): AsyncIterable<NumberedEvent>;
}
