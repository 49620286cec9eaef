import { UnexpectedError, UserError } from '../platform/errors/app.error.js';

/** No conversation has this id: it was never made, is finished, or has expired. */
export class ConversationNotFoundError extends UserError {
  readonly code = 'conversation.not_found';
  readonly status = 404;
  readonly title = 'Conversation not found';

  constructor(id: string) {
    super({ detail: `failed to find Conversation with provided id: ${id.slice(0, 64)}` });
  }
}

/** The conversation has no item of this id. */
export class ItemNotFoundError extends UserError {
  readonly code = 'conversation.item_not_found';
  readonly status = 404;
  readonly title = 'Item not found';

  constructor(id: string) {
    super({ detail: `There is no item '${id.slice(0, 64)}' in this conversation` });
  }
}

/** A page was asked for behind an id that is not in the list. */
export class CursorNotFoundError extends UserError {
  readonly code = 'page.cursor_not_found';
  readonly status = 400;
  readonly title = 'Unknown cursor';

  constructor(id: string) {
    super({ detail: `There is nothing with the id '${id.slice(0, 64)}' to go on from` });
  }
}

/** Another turn of this conversation is running. */
export class TurnRunningError extends UserError {
  readonly code = 'conversation.turn_running';
  readonly status = 409;
  readonly title = 'A turn is running';

  /** @param leaseMs how long the other turn may hold the conversation unless it renews */
  constructor(leaseMs: number) {
    super({ detail: 'AI is thinking', retryAfterSeconds: Math.max(1, Math.ceil(leaseMs / 1_000)) });
  }
}

/** A rollback or regenerate found nothing that was said. */
export class DialogEmptyError extends UserError {
  readonly code = 'conversation.empty';
  readonly status = 400;
  readonly title = 'Nothing was said yet';
}

/** What a conversation has and what is to be added are together over a limit. */
export class ConversationTooLongError extends UserError {
  readonly code = 'conversation.too_long';
  readonly status = 400;
  readonly title = 'Conversation is too long';

  /** @param mostItems set where it is not too many bytes but too many items */
  constructor(mostItems: number | null = null) {
    const reason = mostItems === null ? '' : `: it may have at most ${mostItems} items`;
    super({ detail: `Conversation is too long${reason}` });
  }
}

/** The turn's lease ran out before its end, and another call took the conversation. */
export class ClaimLostError extends UnexpectedError {
  readonly code = 'conversation.claim_lost';
  readonly status = 503;
  readonly title = 'Claim lost';

  constructor() {
    super({ detail: 'The conversation was lost to another call, nothing was kept' });
  }
}

/** The database was lost while a turn was committed, and could not be asked since. */
export class TurnOutcomeUnknownError extends UnexpectedError {
  readonly code = 'turn.outcome_unknown';
  readonly status = 503;
  readonly title = 'Outcome unknown';

  constructor() {
    super({
      detail:
        'It is not known whether this turn was kept (turn.outcome_unknown). Look at the conversation before you ask again, or send the call again with the Idempotency-Key that it had.',
      retryAfterSeconds: 5,
    });
  }
}
