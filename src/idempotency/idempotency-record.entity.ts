import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What is known of an Idempotency-Key: the call under it runs, or has been answered. */
@Entity('idempotency_records')
@Index('idempotency_records_kept', ['expiresAt', 'scope'], { where: 'body IS NOT NULL' })
export class IdempotencyRecord {
  /** Hex SHA-256 of the route, the credential and the key: a key is one only among its like. */
  @PrimaryColumn({ type: 'varchar' })
  scope: string;

  /** The caller's whose it is. */
  @Column({ name: 'owner_id', type: 'varchar', default: 'default' })
  ownerId: string;

  /** Hex SHA-256 of what was asked, which a repeat must not change. */
  @Column({ name: 'body_hash', type: 'varchar' })
  bodyHash: string;

  /** Whose call it is while it runs; null once it is answered. */
  @Column({ type: 'varchar', nullable: true })
  claim: string | null;

  /** Epoch milliseconds until which the running call is believed to live, unless it renews. */
  @Column({ name: 'lease_until', type: 'bigint', nullable: true })
  leaseUntil: number | null;

  /** Of the answer; null while there is none. */
  @Column({ type: 'integer', nullable: true })
  status: number | null;

  /** JSON object of the answer's own headers; null also when the answer was dropped. */
  @Column({ type: 'text', nullable: true })
  headers: string | null;

  /** The answer's body; null also when it was too large to be kept, or was dropped. */
  @Column({ type: 'text', nullable: true })
  body: string | null;

  /** Epoch milliseconds. */
  @Index('idempotency_records_expires_at')
  @Column({ name: 'expires_at', type: 'bigint' })
  expiresAt: number;
}
