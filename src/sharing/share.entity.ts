import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A frozen copy of a conversation; it outlives the conversation. */
@Entity('shares')
@Index('shares_in_order', ['ownerId', 'sequence'])
export class Share {
  /** Tells the newest share of a conversation from earlier ones of the same millisecond. */
  @PrimaryGeneratedColumn({ type: 'integer', primaryKeyConstraintName: 'shares_sequence' })
  sequence: number;

  @Index('shares_id', { unique: true })
  @Column({ type: 'varchar' })
  id: string;

  /** The caller's whose it is. */
  @Column({ name: 'owner_id', type: 'varchar', default: 'default' })
  ownerId: string;

  @Index('shares_conversation_id')
  @Column({ name: 'conversation_id', type: 'varchar' })
  conversationId: string;

  /** Null like all that is null together with {@link content}: made before there was more to say. */
  @Column({ type: 'varchar', nullable: true })
  title: string | null;

  /** In the words of {@link SharedConversation}. */
  @Column({ type: 'varchar', nullable: true })
  kind: string | null;

  /** Null where it is not known. */
  @Column({ type: 'varchar', nullable: true })
  model: string | null;

  /** JSON text of what it shows; see {@link SharedContent}. */
  @Column({ type: 'text', nullable: true })
  content: string | null;

  /**
   * Of shares without {@link content}, like {@link sentences}, and empty in all others: replicas of the
   * version before may run beside this one, and would show both to those who have no password.
   */
  @Column({ type: 'text' })
  prompt: string;

  /** JSON array of the sentences. */
  @Column({ type: 'text' })
  sentences: string;

  /** As `password-hash.ts` writes it; null is open to everyone. */
  @Column({ type: 'varchar', nullable: true })
  password: string | null;

  /** Epoch milliseconds; null goes by SHARE_TTL_DAYS alone, which is the bound in any case. */
  @Index('shares_expires_at', { where: 'expires_at IS NOT NULL' })
  @Column({ name: 'expires_at', type: 'bigint', nullable: true })
  expiresAt: number | null;

  /** Epoch milliseconds. */
  @Index('shares_created_at')
  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: number;
}
