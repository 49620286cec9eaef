import type { History } from '../conversations/history.js';
import { itemOf } from '../conversations/item-mapper.js';
import type { ClaimedConversation } from '../conversations/turn-claims.service.js';
import type { CountedItem } from '../models/tokens-per-byte.js';

/** An item that a turn builds on. */
export interface PastItem extends CountedItem {
  id: string;
  /** In its conversation; 0 elsewhere. */
  position: number;
  /** Of its content as it is stored. */
  bytes: number;
}

/** What a turn builds on: a conversation, what was said elsewhere, or nothing. */
export interface TurnContext {
  history: Pick<History, 'kind' | 'model' | 'transcript'>;
  past: readonly PastItem[];
  /** Whether there may be a compaction among it. */
  isCompacted: boolean;
  /** The same for who only counts bytes. */
  stored: readonly { bytes: number }[];
  /** The conversation's, while it is held for this turn. */
  held: ClaimedConversation | null;
  /** Where the new items begin. */
  turn: number;
  position: number;
  /** Whose key asks best: the conversation's, or that of the first response; null is anyone's. */
  affinity: string | null;
}

/** What is to be built on a conversation. @param held null where it is only looked at */
export function contextOf(history: History, held: ClaimedConversation | null): TurnContext {
  const last = history.items.at(-1);
  let past: PastItem[] | null = null;
  return {
    history,
    // Most turns need not look at every item by itself.
    get past() {
      past ??= history.items.map(({ id, turn, position, inputTokens, bytes, ...said }) => ({
        ...{ id, turn, position, inputTokens, bytes },
        item: itemOf(said),
      }));
      return past;
    },
    isCompacted: history.items.some(({ kind }) => kind === 'compaction'),
    stored: history.items,
    held,
    turn: (last?.turn ?? 0) + 1,
    position: (last?.position ?? 0) + 1,
    affinity: history.affinity,
  };
}
