import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { KeyReason, KeySource, KeyState } from './key-state.js';

/** A key of the pool as it outlives the process; its secret only if it came by the API. */
@Entity('api_keys')
@Index('api_keys_in_order', ['createdAt', 'id'])
export class StoredKey {
  @PrimaryColumn({ type: 'varchar' })
  id: string;

  /** Hex HMAC-SHA256 of the secret. */
  @Index('api_keys_fingerprint', { unique: true })
  @Column({ type: 'varchar' })
  fingerprint: string;

  @Column({ type: 'varchar', nullable: true })
  label: string | null;

  @Column({ type: 'varchar' })
  source: KeySource;

  @Column({ name: 'last_four', type: 'varchar' })
  lastFour: string;

  /** Sealed by the cipher; null for keys of the environment and the file. */
  @Column({ type: 'text', nullable: true })
  secret: string | null;

  /** 1 for a key that was deleted, or that environment and file have no more. */
  @Column({ type: 'integer' })
  retired: number;

  @Column({ type: 'varchar' })
  state: KeyState;

  @Column({ type: 'varchar', nullable: true })
  reason: KeyReason | null;

  /** Epoch milliseconds, like all times here. */
  @Column({ type: 'bigint', nullable: true })
  until: number | null;

  @Column({ name: 'strikes', type: 'integer' })
  consecutiveFailures: number;

  /** JSON array of the models that it may not be used for. */
  @Column({ type: 'text' })
  models: string;

  @Column({ name: 'last_error', type: 'varchar', nullable: true })
  lastError: string | null;

  @Column({ type: 'bigint' })
  calls: number;

  @Column({ type: 'bigint' })
  failures: number;

  @Column({ name: 'input_tokens', type: 'bigint' })
  inputTokens: number;

  @Column({ name: 'output_tokens', type: 'bigint' })
  outputTokens: number;

  @Column({ name: 'last_used_at', type: 'bigint', nullable: true })
  lastUsedAt: number | null;

  /** A process probes it until then. */
  @Column({ name: 'probed_until', type: 'bigint', nullable: true })
  probedUntil: number | null;

  /** Grows with every change of state, so that none is overwritten unseen. */
  @Column({ type: 'integer' })
  version: number;

  /** By the database's clock, for processes that look for what others changed. */
  @Index('api_keys_changed_at')
  @Column({ name: 'changed_at', type: 'bigint' })
  changedAt: number;

  @Column({ name: 'created_at', type: 'bigint' })
  createdAt: number;
}
