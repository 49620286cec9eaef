import { UnexpectedError, UserError } from '../platform/errors/app.error.js';
import type { ResponseBody } from './response-body.js';

/** No stored response has this id: it was never stored, is deleted, or is past its time. */
export class ResponseNotFoundError extends UserError {
  readonly code = 'response.not_found';
  readonly status = 404;
  readonly title = 'Response not found';

  constructor(id: string) {
    super({ detail: `Response with id '${id.slice(0, 64)}' not found.` });
  }
}

/** The response to go on from, or one that it builds on, is not there. */
export class PreviousResponseNotFoundError extends UserError {
  readonly code = 'response.previous_response_not_found';
  readonly status = 400;
  readonly title = 'Previous response not found';

  constructor(id: string) {
    super({ detail: `Previous response with id '${id.slice(0, 64)}' not found.` });
  }
}

/** The response to go on from builds on more than is read for one call. */
export class ResponseChainTooLongError extends UserError {
  readonly code = 'response.previous_response_too_long';
  readonly status = 400;
  readonly title = 'Too many previous responses';

  constructor(id: string) {
    super({
      detail: `Too much stands before the response with id '${id.slice(0, 64)}': 1000 responses, or too many bytes in them. Go on in a conversation.`,
    });
  }
}

/** The response to go on from has no answer: it is still running, was cancelled, or failed. */
export class PreviousResponseOpenError extends UserError {
  readonly code = 'response.previous_response_not_complete';
  readonly status = 400;
  readonly title = 'Previous response not complete';

  constructor(id: string, status: ResponseBody['status']) {
    const reason = status === 'in_progress' ? 'is still in progress' : 'has no complete answer';
    super({ detail: `Previous response with id '${id.slice(0, 64)}' ${reason}.` });
  }
}

/** The events that a reader asked for, or was about to read, are not kept. */
export class ResponseEventsLostError extends UserError {
  readonly code = 'response.events_lost';
  readonly status = 404;
  readonly title = 'Events lost';

  constructor(id: string) {
    super({
      detail: `The events of the response '${id.slice(0, 64)}' cannot be read here now. Its state can still be retrieved, without stream.`,
    });
  }
}

/** The response belongs to the call that waits for it, and ends with that. */
export class NotInBackgroundError extends UserError {
  readonly code = 'response.not_in_background';
  readonly status = 400;
  readonly title = 'Not in the background';

  /** @param what cannot be done, like `be cancelled` */
  constructor(what: string) {
    super({ detail: `Only a response that was created with background: true can ${what}.` });
  }
}

/** As many responses run in the background as MAX_BACKGROUND allows. */
export class TooManyInBackgroundError extends UserError {
  readonly code = 'response.too_many_in_background';
  readonly status = 429;
  readonly title = 'Too many in the background';

  /** @param most MAX_BACKGROUND */
  constructor(most: number) {
    super({
      detail: `${most} responses may run in the background at one time. Try again when one has ended.`,
      retryAfterSeconds: 1,
    });
  }
}

/** A response in the background was ended from outside; what stands in the database says how. */
export class ResponseEndedError extends UnexpectedError {
  readonly code = 'response.ended';
  readonly status = 503;
  readonly title = 'Response ended';

  constructor() {
    super({ detail: 'The response was cancelled or deleted, or its lease ran out' });
  }
}
