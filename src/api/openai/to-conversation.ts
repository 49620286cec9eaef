import type { Conversation } from 'openai/resources/conversations/conversations';
import type { ConversationRecord } from '../../conversations/conversations.repository.js';

/** A conversation as callers of the OpenAI API know it. */
export function toConversation({ id, createdAt, metadata }: ConversationRecord): Conversation {
  return { id, object: 'conversation', created_at: Math.floor(createdAt / 1_000), metadata };
}
