import { Column, Entity, JoinColumn, ManyToOne, PrimaryColumn } from 'typeorm';
import type { MessageRole } from '../models/item.js';
import { Conversation } from './conversation.entity.js';

const key = { primaryKeyConstraintName: 'items_position' };

/** One thing said in a conversation; a turn has as many as it needs. Stored in the order it is read. */
@Entity('items', { withoutRowid: true })
export class Item {
  /** Unguessable, and so unique without an index. */
  @Column({ type: 'varchar' })
  id: string;

  @PrimaryColumn({ name: 'conversation_id', type: 'varchar', ...key })
  conversationId: string;

  @ManyToOne(() => Conversation, { onDelete: 'CASCADE' })
  @JoinColumn({ name: 'conversation_id', foreignKeyConstraintName: 'items_of_conversation' })
  conversation: Conversation;

  /** Counts from 1; what one request added, and what a rollback takes away again. */
  @Column({ type: 'integer' })
  turn: number;

  /** Order within the conversation, from 1. */
  @PrimaryColumn({ type: 'integer', ...key })
  position: number;

  /** Its type in the Responses API. */
  @Column({ type: 'varchar' })
  kind: string;

  /** Who a message is from; `tool` for the output of a function, else the model. */
  @Column({ type: 'varchar' })
  role: MessageRole | 'tool';

  /**
   * JSON text of the item in the form of the Responses API; of a message that is one text, that text.
   */
  @Column({ type: 'text' })
  content: string;

  /** Null is complete. */
  @Column({ type: 'varchar', nullable: true })
  status: 'incomplete' | null;

  /** By the upstream's count, on answers. */
  @Column({ name: 'input_tokens', type: 'integer', nullable: true })
  inputTokens: number | null;

  @Column({ name: 'output_tokens', type: 'integer', nullable: true })
  outputTokens: number | null;

  /** Who made it, on answers: the model service, by its name here, and the model. */
  @Column({ type: 'varchar', nullable: true })
  upstream: string | null;

  @Column({ type: 'varchar', nullable: true })
  model: string | null;

  /** Epoch milliseconds. */
  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: number;
}
