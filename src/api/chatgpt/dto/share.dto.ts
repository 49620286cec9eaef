import type { SharedConversation } from '../../../sharing/shared-conversation.js';

/** A share as the original API shows it. */
export class ShareDto {
  /** The id that was asked for. */
  Id: string;
  Prompt: string;
  SentenceList: string[];
}

export function toShareDto(id: string, { prompt, sentences }: SharedConversation): ShareDto {
  return { Id: id, Prompt: prompt, SentenceList: sentences };
}
