import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { ResponseBody } from './response-body.js';

/** A response as it was given, with what it was asked; it outlives its conversation. */
@Entity('responses')
@Index('responses_in_conversation', ['conversationId', 'createdAt'])
// Of an expression, for which there is no word here: the part of the id that its items share.
@Index('responses_by_items', { synchronize: false })
export class StoredResponse {
  @PrimaryColumn({ type: 'varchar' })
  id: string;

  /** The caller's whose it is. */
  @Column({ name: 'owner_id', type: 'varchar', default: 'default' })
  ownerId: string;

  @Column({ name: 'conversation_id', type: 'varchar', nullable: true })
  conversationId: string | null;

  @Index('responses_previous_response_id')
  @Column({ name: 'previous_response_id', type: 'varchar', nullable: true })
  previousResponseId: string | null;

  /** The last item of the conversation that it was given behind; null was the beginning. */
  @Column({ name: 'after_item_id', type: 'varchar', nullable: true })
  afterItemId: string | null;

  @Column({ type: 'varchar' })
  status: NonNullable<ResponseBody['status']>;

  /** JSON text of the response as it is shown. */
  @Column({ type: 'text' })
  body: string;

  /** JSON array of the items that it was asked with. */
  @Column({ type: 'text' })
  input: string;

  /** Epoch milliseconds; set while it runs in the background, and renewed by who gives it. */
  @Index('responses_lease_until', { where: 'lease_until IS NOT NULL' })
  @Column({ name: 'lease_until', type: 'bigint', nullable: true })
  leaseUntil: number | null;

  /** Epoch milliseconds; null never expires. */
  @Index('responses_expires_at')
  @Column({ name: 'expires_at', type: 'bigint', nullable: true })
  expiresAt: number | null;

  /** Epoch milliseconds. */
  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: number;
}
