import { UnexpectedError } from '../../platform/errors/app.error.js';

/** A part of the service does not work, so that calls cannot be served. */
export class NotReadyError extends UnexpectedError {
  readonly code = 'service.not_ready';
  readonly status = 503;
  readonly title = 'Not ready';

  /** @param problems a sentence for each part that does not work, by the part's name */
  constructor(problems: Readonly<Record<string, string>>) {
    const sentences = Object.entries(problems).map(([part, problem]) => `${part}: ${problem}`);
    super({ detail: `Not ready. ${sentences.join(' ')}`, retryAfterSeconds: 1 });
  }
}

/** Only another start of the process helps. */
export class NotAliveError extends UnexpectedError {
  readonly code = 'service.not_alive';
  readonly status = 503;
  readonly title = 'Not alive';

  constructor() {
    super({ detail: 'The database was lost while it was open: the service must be started again' });
  }
}
