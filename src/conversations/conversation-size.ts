import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ConversationTooLongError } from './conversations.errors.js';

/** Items of a conversation, at most: each costs more to read and write than its bytes say. */
export const mostItems = 10_000;

/** What an item takes beside its content: the other columns of its row. */
const itemBytes = 100;

/**
 * Each response of a chain repeats its tools and instructions, so all of them may have more bytes
 * than what was said in them.
 */
const repeatedInChain = 4;

/** How much a conversation has, or would have. */
export interface ConversationSize {
  items: number;
  /** Of the prompt and of everything stored of its items. */
  bytes: number;
}

/**
 * The size of a conversation as MAX_CONVERSATION_BYTES counts it.
 *
 * @param items what it has, by the bytes of each content as it is stored
 * @param added what would be added, by the contents themselves
 */
export function sizeOfConversation(
  prompt: string,
  items: readonly { bytes: number }[],
  added: readonly { content: string }[],
): ConversationSize {
  const contents = items.reduce((sum, { bytes }) => sum + bytes, 0);
  const more = added.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0);
  return sizeWith(prompt, items.length + added.length, contents + more);
}

/** The same where the items are counted already. @param contentBytes of all their contents */
export function sizeWith(prompt: string, items: number, contentBytes: number): ConversationSize {
  return { items, bytes: Buffer.byteLength(prompt) + contentBytes + items * itemBytes };
}

/** @throws ConversationTooLongError */
export function checkSize({ items, bytes }: ConversationSize, maxBytes: number): void {
  if (bytes > maxBytes) throw new ConversationTooLongError();
  if (items > mostItems) throw new ConversationTooLongError(mostItems);
}

/** How large what is kept and read again may become, whoever adds to it. */
@Injectable()
export class ConversationLimits {
  /** Of all bodies and inputs of responses that build on each other. */
  readonly chainBytes: number;
  private readonly maxBytes: number;
  private readonly bytesBehindResponses: number;

  constructor({ conversations, v1 }: Settings) {
    this.maxBytes = conversations.maxBytes;
    this.bytesBehindResponses = Math.max(conversations.maxBytes, v1.maxBodyBytes);
    this.chainBytes = Math.max(repeatedInChain * conversations.maxBytes, 2 * v1.maxBodyBytes);
  }

  /** @throws ConversationTooLongError for more than a conversation may have */
  check(size: ConversationSize): void {
    checkSize(size, this.maxBytes);
  }

  /** The same without a conversation, where one body may already bring more. */
  checkChain(size: ConversationSize): void {
    checkSize(size, this.bytesBehindResponses);
  }
}
