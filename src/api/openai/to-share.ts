import type { ShareRecord } from '../../sharing/shares.repository.js';

/** A share of a conversation as callers of this API know it, without what was said. */
export interface ConversationShare {
  id: string;
  object: 'conversation.share';
  /** The path at which anyone may read it. */
  url: string;
  title: string;
  /** Epoch seconds. */
  created_at: number;
  /** Epoch seconds; null is for ever. */
  expires_at: number | null;
  has_password: boolean;
}

export function toShare(share: ShareRecord): ConversationShare {
  const { id, title, password, createdAt, expiresAt } = share;
  return {
    id,
    object: 'conversation.share',
    url: `/chatgpt/share/${id}`,
    title,
    created_at: Math.floor(createdAt / 1_000),
    expires_at: expiresAt === null ? null : Math.floor(expiresAt / 1_000),
    has_password: password !== null,
  };
}
