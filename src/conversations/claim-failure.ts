import { ConversationNotFoundError, TurnRunningError } from './conversations.errors.js';

/** Why a conversation could not be taken. */
export type ClaimFailure = { type: 'unknown' } | { type: 'claimed'; leaseMs: number };

/** What the caller hears of it. */
export function errorFor(failure: ClaimFailure, conversationId: string): Error {
  switch (failure.type) {
    case 'unknown':
      return new ConversationNotFoundError(conversationId);
    case 'claimed':
      return new TurnRunningError(failure.leaseMs);
  }
}
