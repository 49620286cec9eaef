import type { Page } from '../../../conversations/page.js';
import type { SharedConversation } from '../../../sharing/shared-conversation.js';
import type { ShareRecord } from '../../../sharing/shares.repository.js';

/** A share as the original API shows it. */
export class ShareDto {
  /** The id that was asked for. */
  Id: string;
  Prompt: string;
  SentenceList: string[];
}

/** A share as its owner's list shows it, without what was said. */
export class ListedShareDto {
  id: string;
  title: string;
  /** Epoch seconds. */
  created_at: number;
  /** Epoch seconds; null is for ever. */
  expires_at: number | null;
  has_password: boolean;
  conversation_id: string;
  /** Null for shares made before it was stored. */
  kind: string | null;
}

/** A page of shares, the newest first unless said. */
export class SharePageDto {
  data: ListedShareDto[];
  /** Whether there are more behind the last one. */
  has_more: boolean;
}

export function toShareDto(id: string, { prompt, sentences }: SharedConversation): ShareDto {
  return { Id: id, Prompt: prompt, SentenceList: sentences };
}

export function toSharePageDto({ entries, hasMore }: Page<ShareRecord>): SharePageDto {
  return { data: entries.map(toListedShareDto), has_more: hasMore };
}

function toListedShareDto(share: ShareRecord): ListedShareDto {
  const { id, title, kind, password, conversationId, createdAt, expiresAt } = share;
  return {
    ...{ id, title },
    created_at: Math.floor(createdAt / 1_000),
    expires_at: expiresAt === null ? null : Math.floor(expiresAt / 1_000),
    has_password: password !== null,
    conversation_id: conversationId,
    kind,
  };
}
