import { beginningOf, DerivedIds } from '../platform/ids/derived-ids.js';
import type { IdSource } from '../platform/ids/id-source.js';

/**
 * Of the 22 characters of an id, those that it has from its conversation's: 41 bits. More of them
 * would leave less to guess of a conversation for who knows an item.
 */
export const sharedLength = 7;

/** Ids of what stands in a conversation, and of the responses that are given in it. */
export function conversationItemIds(ids: IdSource, conversationId: string): IdSource {
  return new DerivedIds(ids, conversationId, sharedLength);
}

/** What the ids of a conversation and of its items have in common. */
export function sharedOf(id: string): string {
  return beginningOf(id, sharedLength);
}
