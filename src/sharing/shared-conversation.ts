/** One turn of a share, by its speaker. */
export interface SharedTurn {
  /** 'user', 'assistant', 'system', 'developer' or 'tool'; what is said by whom when no name is known. */
  role: 'user' | 'assistant' | 'system' | 'developer' | 'tool';
  /** The speaker's name in a role play; absent elsewhere. */
  name?: string;
  text: string;
}

/** What anyone may read of a share. */
export interface SharedConversation {
  id: string;
  /** Given by whoever shared it, else made from the first question; one line, at most 200 characters. */
  title: string;
  /** See `sharedKindOf`; absent for shares made before it was stored. */
  kind?: string;
  /** The model that answered last, where known. */
  model?: string;
  /** Epoch milliseconds. */
  createdAt: number;
  /** Epoch milliseconds; absent: for ever. */
  expiresAt?: number;
  /** Empty unless it may be shown. */
  prompt: string;
  turns: SharedTurn[];
  /** As the original API shows it. */
  sentences: string[];
}
