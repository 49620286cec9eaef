import { conversationItemIds } from '../conversations/conversation-item-ids.js';
import { beginningOf, DerivedIds } from '../platform/ids/derived-ids.js';
import { IdSource } from '../platform/ids/id-source.js';

/** Of the 22 characters of an id, those that it has from its response's: 83 bits. */
export const sharedLength = 14;

/**
 * Ids of what a response was asked with and what it answered. They begin as the response's own id
 * does, so that an item is found by its id without a table of all items.
 */
export class ResponseItemIds extends IdSource {
  private readonly derived: DerivedIds;

  constructor(
    private readonly ids: IdSource,
    responseId: string,
  ) {
    super();
    this.derived = new DerivedIds(ids, responseId, sharedLength);
  }

  next(prefix: Parameters<IdSource['next']>[0]): string {
    // Calls have names of their own, which the model service knows.
    return prefix === 'call' ? this.ids.next(prefix) : this.derived.next(prefix);
  }
}

/** The id of a new response; of one that is given in a conversation it begins as that one's. */
export function responseId(ids: IdSource, conversationId: string | null): string {
  const source = conversationId === null ? ids : conversationItemIds(ids, conversationId);
  return source.next('resp');
}

/** What the ids of a response and of its items have in common. */
export function sharedOf(id: string): string {
  return beginningOf(id, sharedLength);
}
