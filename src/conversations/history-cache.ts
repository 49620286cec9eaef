import { Injectable } from '@nestjs/common';
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
  /** By conversation, as {@link textOf} names it; a map iterates in the order of insertion, so the least recent come first. */
  private readonly entries = new Map<string, KnownItems>();
  private bytes = 0;
  private readonly maxBytes: number;

  constructor({ conversations }: Settings) {
    this.maxBytes = conversations.historyCacheBytes;
  }

  /** What is known of a conversation; null when nothing is. */
  find(key: ConversationKey): KnownItems | null {
    const conversation = textOf(key);
    const entry = this.entries.get(conversation);
    if (!entry) return null;
    this.entries.delete(conversation);
    this.entries.set(conversation, entry);
    return entry;
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
    this.drop(textOf(key));
  }

  keep(key: ConversationKey, entry: KnownItems): void {
    const conversation = textOf(key);
    this.drop(conversation);
    if (entry.bytes > this.maxBytes) return;
    this.entries.set(conversation, entry);
    this.bytes += entry.bytes;
    for (const oldest of this.entries.keys()) {
      if (this.bytes <= this.maxBytes) return;
      this.drop(oldest);
    }
  }

  private drop(conversation: string): void {
    this.bytes -= this.entries.get(conversation)?.bytes ?? 0;
    this.entries.delete(conversation);
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
