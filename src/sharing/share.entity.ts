import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';

/** A frozen copy of a conversation; it outlives the conversation. */
@Entity('shares')
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

  @Column({ type: 'text' })
  prompt: string;

  /** JSON array of the sentences. */
  @Column({ type: 'text' })
  sentences: string;

  /** Epoch milliseconds. */
  @Index('shares_created_at')
  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: number;
}
