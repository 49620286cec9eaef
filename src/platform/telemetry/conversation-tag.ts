import { hash } from 'node:crypto';

/** How logs name a conversation: its id opens it, so they carry 12 hex digits of its hash instead. */
export function conversationTag(conversationId: string): string {
  return hash('sha256', conversationId, 'hex').slice(0, 12);
}
