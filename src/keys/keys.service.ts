import { Injectable } from '@nestjs/common';
import { IdSource } from '../platform/ids/id-source.js';
import { Clock } from '../platform/time/clock.js';
import { KeyListRepository, type KeyFilter } from './key-list.repository.js';
import { KeyRegistry } from './key-registry.js';
import { endsByItself, fresh, lastFourOf, type KeyHealth, type KeyState } from './key-state.js';
import { KeyStoreService } from './key-store.service.js';
import { KeyVaultService } from './key-vault.service.js';
import {
  EncryptionSecretRotatedError,
  KeyNotFoundError,
  KeyNotHeldError,
  KeyNotStoredError,
  NoEncryptionSecretError,
} from './keys.errors.js';
import type { PooledKey } from './pooled-key.js';
import {
  modelsOf,
  StoredKeysRepository,
  type KeyRow,
  type SealedKeyRow,
} from './stored-keys.repository.js';

/** A key as operators see it: everything but its secret. */
export type KeyView = Omit<
  KeyRow,
  'fingerprint' | 'secret' | 'retired' | 'consecutiveFailures' | 'models' | 'version'
> & {
  models: readonly { model: string; state: 'cooling' | 'suspended'; until: number }[];
};

/** A key to be stored. */
export interface NewKey {
  secret: string;
  label: string | null;
}

/** What became of keys that were to be stored. */
export interface AddedKeys {
  added: KeyView[];
  /** Which of the given keys were there already, and under which id. */
  duplicates: { index: number; id: string }[];
}

/** What operators do with keys. */
@Injectable()
export class KeysService {
  constructor(
    private readonly rows: StoredKeysRepository,
    private readonly lists: KeyListRepository,
    private readonly store: KeyStoreService,
    private readonly registry: KeyRegistry,
    private readonly vault: KeyVaultService,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Stores keys; one that is there already is left as it is.
   *
   * @throws NoEncryptionSecretError, EncryptionSecretRotatedError
   */
  async add(keys: readonly NewKey[]): Promise<AddedKeys> {
    if (!this.vault.canSeal) throw new NoEncryptionSecretError();
    // A second round sees what another process added between look and write.
    const outcome = (await this.tryToAdd(keys)) ?? (await this.tryToAdd(keys));
    if (!outcome) throw new EncryptionSecretRotatedError();
    return outcome;
  }

  /** @throws KeyNotFoundError */
  async rename(id: string, label: string | null): Promise<KeyView> {
    return this.view(found(await this.rows.setLabel(id, label)));
  }

  /** Makes a key usable again and forgets what it did. @throws KeyNotFoundError */
  enable(id: string): Promise<KeyView> {
    return this.setHealth(id, fresh);
  }

  /** Takes a key out until it is enabled. @throws KeyNotFoundError */
  disable(id: string): Promise<KeyView> {
    return this.setHealth(id, { ...fresh, state: 'disabled', reason: 'operator' });
  }

  /** @throws KeyNotFoundError, KeyNotStoredError for keys of the environment and the file */
  async delete(id: string): Promise<void> {
    const { source } = found(await this.rows.find(id));
    if (source !== 'api') throw new KeyNotStoredError(source);
    if (!(await this.rows.delete(id))) throw new KeyNotFoundError();
    this.registry.remove([id]);
  }

  /** The key, to be probed. @throws KeyNotFoundError, KeyNotHeldError */
  async getHeld(id: string): Promise<PooledKey> {
    found(await this.rows.find(id));
    const key = this.registry.find(id);
    if (!key) throw new KeyNotHeldError();
    return key;
  }

  /** @throws KeyNotFoundError */
  async get(id: string): Promise<KeyView> {
    await this.store.flush();
    return this.view(found(await this.rows.find(id)));
  }

  /** The oldest first. */
  async list(filter: KeyFilter): Promise<KeyView[]> {
    await this.store.flush();
    return (await this.lists.list(filter)).map((row) => this.view(row));
  }

  async countByState(): Promise<{ state: KeyState; count: number }[]> {
    await this.store.flush();
    return this.lists.countByState();
  }

  /** @returns null when what was looked up had changed before it was written; nothing is written then */
  private async tryToAdd(keys: readonly NewKey[]): Promise<AddedKeys | null> {
    const duplicates: AddedKeys['duplicates'] = [];
    const sealed = new Map<string, SealedKeyRow>();
    let cipherId = '';
    for (const [index, { secret, label }] of keys.entries()) {
      const fingerprint = this.vault.fingerprint(secret);
      const known = await this.rows.findByFingerprint(fingerprint);
      const id = sealed.get(fingerprint)?.id ?? known?.id ?? this.ids.next('key');
      if (sealed.has(fingerprint) || known?.retired === 0) {
        duplicates.push({ index, id });
        continue;
      }
      const seal = this.vault.seal(secret, id);
      cipherId = seal.cipherId;
      const lastFour = lastFourOf(secret);
      const row = { id, fingerprint, label, lastFour, source: 'api' as const };
      sealed.set(fingerprint, { ...row, secret: seal.sealed, isKnown: known !== null });
    }
    const rows = [...sealed.values()];
    if (rows.length > 0 && !(await this.rows.storeSealed(rows, cipherId))) return null;
    const added = await Promise.all(rows.map(({ id }) => this.rows.find(id)));
    const stored = added.map(found);
    this.store.applyRows(stored, 'operator');
    return { added: stored.map((row) => this.view(row)), duplicates };
  }

  private async setHealth(id: string, health: KeyHealth): Promise<KeyView> {
    const { lastError } = found(await this.rows.find(id));
    const row = found(await this.rows.setHealth(id, { ...health, lastError }));
    this.store.applyRows([row], 'operator');
    return this.get(id);
  }

  private view(row: KeyRow): KeyView {
    const now = this.clock.now();
    const held = this.registry.find(row.id);
    // This process knows what is over, whatever the clock was set to since it was written.
    const known = held?.version === row.version ? held : null;
    const isOver = known
      ? known.state === 'active' || (known.until ?? 0) <= this.clock.monotonic()
      : (row.until ?? 0) <= now;
    const current =
      isOver && endsByItself(row.state) ? { state: fresh.state, reason: null, until: null } : {};
    const { id, label, source, lastFour, state, reason, until, lastError } = row;
    const { calls, failures, inputTokens, outputTokens, lastUsedAt, createdAt } = row;
    return {
      ...{ id, label, source, lastFour, state, reason, until, ...current },
      models: modelsOf(row)
        .filter(({ model, until }) => {
          return known ? known.isRestricted(model, this.clock.monotonic()) : until > now;
        })
        .map((restriction) => ({
          model: restriction.model,
          state: restriction.state,
          until: restriction.until,
        })),
      ...{ lastError, calls, failures, inputTokens, outputTokens, lastUsedAt, createdAt },
    };
  }
}

function found(row: KeyRow | null): KeyRow {
  if (!row) throw new KeyNotFoundError();
  return row;
}
