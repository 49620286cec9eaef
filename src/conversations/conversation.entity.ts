import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ChatSettings, ConversationKind } from '../providers/transcript.js';

/** A conversation's state apart from what was said in it. */
@Entity('conversations')
export class Conversation {
  @PrimaryColumn({ type: 'varchar' })
  id: string;

  @Column({ type: 'varchar' })
  kind: ConversationKind;

  /** Verbatim, as the caller gave it. */
  @Column({ type: 'text' })
  prompt: string;

  /** Role play only, like `aiName`. */
  @Column({ name: 'human_name', type: 'varchar', nullable: true })
  humanName: string | null;

  @Column({ name: 'ai_name', type: 'varchar', nullable: true })
  aiName: string | null;

  /** The seed's `settings` header: empty or `FriendChat`. */
  @Column({ type: 'varchar' })
  settings: ChatSettings;

  /** Whether its answers are streamed unless a caller says otherwise. */
  @Column({ type: 'boolean' })
  stream: boolean;

  /** The id of the running turn, valid while `leaseUntil` is ahead of the database's clock. */
  @Column({ type: 'varchar', nullable: true })
  claim: string | null;

  /** Epoch milliseconds. */
  @Column({ name: 'lease_until', type: 'bigint', nullable: true })
  leaseUntil: number | null;

  /** The id of a kept answer whose caller could not be told that it is. */
  @Column({ name: 'unseen_answer', type: 'varchar', nullable: true })
  unseenAnswer: string | null;

  /** Epoch milliseconds; null never expires. */
  @Index('conversations_expires_at')
  @Column({ name: 'expires_at', type: 'bigint', nullable: true })
  expiresAt: number | null;

  /** Epoch milliseconds. */
  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: number;
}
