import { UpstreamError, UserError } from '../platform/errors/app.error.js';

/** A compaction that this service did not make, or cannot read any more, for a model that has no use of it. */
export class CompactionUnreadableError extends UserError {
  readonly code = 'compaction.unreadable';
  readonly status = 400;
  readonly title = 'Compaction unreadable';

  constructor() {
    super({
      detail:
        'A compaction item cannot be opened: it was changed, was made elsewhere, or only the model service that made it reads it. Send what it stands for, or go back to before it.',
    });
  }
}

/** The summary ended before all was summed up. */
export class CompactionIncompleteError extends UpstreamError {
  readonly code = 'compaction.incomplete';
  readonly status = 502;
  readonly title = 'Compaction incomplete';

  constructor() {
    super({ detail: 'The model did not finish the summary of the conversation, please try again' });
  }
}

/** There is nothing that a summary could stand for. */
export class NothingToCompactError extends UserError {
  readonly code = 'compaction.nothing';
  readonly status = 400;
  readonly title = 'Nothing to compact';

  constructor() {
    super({ detail: 'There is nothing to compact: nothing was said since the last compaction.' });
  }
}
