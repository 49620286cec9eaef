import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Settings } from '../config/settings.js';
import type { NewItem, StoredItem } from './items.repository.js';
import type { ConversationKey } from './turn-claims.repository.js';

/** What was said in a conversation, as of one version of it. */
export interface KnownItems {
  /** The conversation's; every write to its items makes a new one. */
  version: number;
  items: readonly StoredItem[];
  /** Memory that they take, about. */
  bytes: number;
}

/** Of an item, apart from its content: two bytes for each character at most, and objects around them. */
const itemBytes = 300;

/** Memory that a history takes, about. @param contentLength characters of all that was said */
export function memoryOf(items: readonly unknown[], contentLength: number): number {
  return itemBytes * (items.length + 1) + 2 * contentLength;
}

/**
 * Histories that this process read or wrote lately, at most HISTORY_CACHE_BYTES of them. The claim on
 * a conversation tells its version, so a history that another process changed is never taken for
 * current; one that is current need not be read again, which is most of the work of a long turn.
 */
@Injectable()
export class HistoryCache {
  /** By conversation, as {@link textOf} names it. */
  private readonly entries: LRUCache<string, KnownItems>;

  constructor({ conversations }: Settings) {
    this.entries = new LRUCache({
      // Where none is kept it needs a size too; no history takes so little.
      maxSize: Math.max(1, conversations.historyCacheBytes),
      sizeCalculation: ({ bytes }) => bytes,
    });
  }

  /** What is known of a conversation; null when nothing is. */
  find(key: ConversationKey): KnownItems | null {
    return this.entries.get(textOf(key)) ?? null;
  }

  /** A turn was committed on what is known. */
  append(
    key: ConversationKey,
    known: Pick<KnownItems, 'version' | 'items'>,
    added: readonly NewItem[],
  ): void {
    const entry = this.entries.get(textOf(key));
    if (entry?.version !== known.version) return;
    const bytes = added.reduce(
      (sum, { content }) => sum + itemBytes + 2 * content.length,
      entry.bytes,
    );
    const items = [...known.items, ...added.map(toStored)];
    this.keep(key, { version: known.version + 1, items, bytes });
  }

  forget(key: ConversationKey): void {
    this.entries.delete(textOf(key));
  }

  /** Drops those that were used least lately where they are too many; one that is too large is not kept. */
  keep(key: ConversationKey, entry: KnownItems): void {
    this.entries.set(textOf(key), entry);
  }
}

/** One text for a conversation of one owner. */
export function textOf({ ownerId, conversationId }: ConversationKey): string {
  return `${conversationId} ${ownerId}`;
}

function toStored({ id, turn, position, kind, role, inputTokens, content }: NewItem): StoredItem {
  const bytes = Buffer.byteLength(content);
  return { id, turn, position, kind, role, inputTokens, bytes, said: JSON.parse(content) };
}
