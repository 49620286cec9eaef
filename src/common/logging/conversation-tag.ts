import { createHash } from 'node:crypto';

/** How logs name a conversation: its id opens it, so they carry 12 hex digits of its hash instead. */
export function conversationTag(conversationId: string): string {
  return createHash('sha256').update(conversationId).digest('hex').slice(0, 12);
}
