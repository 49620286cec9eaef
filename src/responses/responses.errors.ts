import { UserError } from '../common/errors/app.error.js';

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

/** The response to go on from has no answer: it is still running, or failed. */
export class PreviousResponseOpenError extends UserError {
  readonly code = 'response.previous_response_not_complete';
  readonly status = 400;
  readonly title = 'Previous response not complete';

  constructor(id: string) {
    super({ detail: `Previous response with id '${id.slice(0, 64)}' has no complete answer.` });
  }
}

/** The events that a reader asked for, or was about to read, are not kept. */
export class ResponseEventsLostError extends UserError {
  readonly code = 'response.events_lost';
  readonly status = 404;
  readonly title = 'Events lost';

  constructor() {
    super({
      detail:
        'The events of this response are not kept here any more. Its state can still be retrieved, without stream.',
    });
  }
}
