import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A uuid that has been used once and must not pass again. */
@Entity('nonces')
export class Nonce {
  /** Hex SHA-256 of the uuid. */
  @PrimaryColumn({ type: 'varchar' })
  hash: string;

  /** Epoch milliseconds. */
  @Index('nonces_spent_at')
  @Column({ name: 'spent_at', type: 'bigint' })
  spentAt: number;
}
