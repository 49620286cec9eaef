import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What fingerprints and sealed secrets of this database are made with; one row. */
@Entity('key_vault')
export class KeyVaultRecord {
  /** Always 1. */
  @PrimaryColumn({ type: 'integer' })
  id: number;

  /** 32 random bytes in base64, made once: the key of all fingerprints. */
  @Column({ name: 'fingerprint_key', type: 'varchar' })
  fingerprintKey: string;

  /** Names the key that secrets are sealed with; null before KEY_ENCRYPTION_SECRET was ever set. */
  @Column({ name: 'cipher_id', type: 'varchar', nullable: true })
  cipherId: string | null;

  /** Base64; what the key is derived with, beside KEY_ENCRYPTION_SECRET. */
  @Column({ type: 'varchar', nullable: true })
  salt: string | null;

  /** A known text, sealed: opens only with the right KEY_ENCRYPTION_SECRET. */
  @Column({ type: 'text', nullable: true })
  proof: string | null;
}
