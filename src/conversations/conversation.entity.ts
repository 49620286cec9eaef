import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ChatSettings, ConversationKind } from '../providers/transcript.js';

/** A conversation's state apart from what was said in it. */
@Entity('conversations')
@Index('conversations_in_order', ['ownerId', 'createdAt', 'id'])
// Of an expression, for which there is no word here: the part of the id that its items share.
@Index('conversations_by_items', { synchronize: false })
export class Conversation {
  @PrimaryColumn({ type: 'varchar' })
  id: string;

  /** The caller's whose it is. */
  @Column({ name: 'owner_id', type: 'varchar', default: 'default' })
  ownerId: string;

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

  /** The original API's `settings` header: empty or `FriendChat`. */
  @Column({ type: 'varchar' })
  settings: ChatSettings;

  /** Whether its answers are streamed unless a caller says otherwise. */
  @Column({ type: 'boolean' })
  stream: boolean;

  /** Made by the `/v1` API only: the model that was used last, and is used unless a caller says otherwise. */
  @Column({ type: 'varchar', nullable: true })
  model: string | null;

  /** JSON object of strings, the caller's own; null is none. */
  @Column({ type: 'text', nullable: true })
  metadata: string | null;

  /** Its own idle time in milliseconds, 0 for never; null goes by CONVERSATION_TTL_SECONDS. */
  @Column({ name: 'idle_ms', type: 'bigint', nullable: true })
  idleMs: number | null;

  /**
   * The conversation that a fork comes from in the end: it is asked with the same keys, which alone may
   * open what was thought. Null is its own id.
   */
  @Column({ type: 'varchar', nullable: true })
  affinity: string | null;

  /** Counts the writes to its items. */
  @Column({ type: 'integer', default: 0 })
  version: number;

  /** The id of the running turn, valid while `leaseUntil` is ahead of the database's clock. */
  @Column({ type: 'varchar', nullable: true })
  claim: string | null;

  /** Epoch milliseconds. */
  @Column({ name: 'lease_until', type: 'bigint', nullable: true })
  leaseUntil: number | null;

  /** Written and read by earlier builds only, replicas of which may run beside this one. */
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
