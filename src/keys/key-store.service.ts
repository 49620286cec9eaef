import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { IdSource } from '../platform/ids/id-source.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Clock } from '../platform/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeyChanges, type ChangeOrigin } from './key-changes.js';
import { KeyFile } from './key-file.js';
import { KeyRegistry } from './key-registry.js';
import { readKeys } from './key-sources.js';
import { lastFourOf, type KeySource } from './key-state.js';
import { KeyVaultService } from './key-vault.service.js';
import { KeyWriter } from './key-writer.js';
import { MemoryKeyPool } from './memory.key-pool.js';
import { PooledKey } from './pooled-key.js';
import { healthOf, StoredKeysRepository, type KeyRow } from './stored-keys.repository.js';

const lookEveryMs = 2_000;
const flushEveryMs = 5_000;
const fileEveryMs = 1_000;
/** Rows are dated when they are written and seen when they are committed, a little later. */
const overlapMs = 5_000;
const registeredAtOnce = 100;
/** Long enough for every process to have seen that a key was deleted. */
const deletedForMs = 600_000;

/**
 * Keeps the pool in memory and the keys in the database the same: loads it at the start, writes
 * states when they change and counts every 5 s, and picks up what other processes changed.
 */
@Injectable()
export class KeyStoreService implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Keys');
  /** Secrets of the environment and the file by fingerprint. */
  private readonly given = new Map<string, { secret: string; source: KeySource }>();
  private lookedAt = 0;
  private file: KeyFile | null = null;

  constructor(
    private readonly rows: StoredKeysRepository,
    private readonly vault: KeyVaultService,
    private readonly registry: KeyRegistry,
    private readonly pool: MemoryKeyPool,
    private readonly writer: KeyWriter,
    private readonly changes: KeyChanges,
    private readonly ids: IdSource,
    private readonly settings: Settings,
    private readonly clock: Clock,
    private readonly tasks: PeriodicTasks,
  ) {}

  /** @throws SettingsError when KEY_ENCRYPTION_SECRET is wrong */
  async onModuleInit(): Promise<void> {
    await this.vault.open();
    const { keys } = this.settings;
    const secrets = readKeys(keys);
    const ofEnvironment = new Set(keys.apiKeys);
    const ofFile = secrets.filter((secret) => !ofEnvironment.has(secret));
    this.file = new KeyFile(keys.keyFile, ofFile);
    for (const secret of secrets)
      this.keepGiven(secret, ofEnvironment.has(secret) ? 'env' : 'file');
    await this.load();
    this.changes.listen((change) => {
      if (change.type === 'state' && change.origin === 'pool') {
        this.writer.writeSoon(change.key);
      }
    });
    this.tasks.every(lookEveryMs, 'key-look', () => this.look());
    this.tasks.every(flushEveryMs, 'key-flush', () => this.flush());
    this.tasks.every(fileEveryMs, 'key-file', () => this.lookAtFile());
  }

  async onApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  /** Writes everything that the database does not know yet. @throws DatabaseUnavailableError */
  async flush(): Promise<void> {
    await this.writer.writeHealth();
    await this.writer.writeCounts();
  }

  /** Picks up what other processes changed, and ends the pauses that are over. */
  async look(): Promise<void> {
    this.pool.tick();
    await this.writer.writeHealth();
    const { rows, lookedAt } = await this.read(async () => {
      const changed = await this.rows.listChanged(this.lookedAt - overlapMs);
      // The database's clock was set back: what others wrote since may be dated before the last look.
      return changed.lookedAt < this.lookedAt ? this.rows.listChanged(0) : changed;
    });
    this.lookedAt = lookedAt;
    this.applyRows(rows, 'other-process');
  }

  /** One look at the key file. */
  async lookAtFile(): Promise<void> {
    const secrets = await this.file?.look();
    if (!secrets) return;
    const kept = new Set(secrets.map((secret) => this.vault.fingerprint(secret)));
    const gone = [...this.given].filter(([fingerprint, { source }]) => {
      return source === 'file' && !kept.has(fingerprint);
    });
    for (const [fingerprint] of gone) this.given.delete(fingerprint);
    for (const secret of secrets) this.keepGiven(secret, 'file');
    await this.load();
    this.logger.log({ event: 'keys.file_applied', count: secrets.length, removed: gone.length });
  }

  /** @returns true for one process of all that ask while a probe is due */
  claimProbe({ id, version }: PooledKey, leaseMs: number): Promise<boolean> {
    return this.rows.claimProbe(id, version, leaseMs);
  }

  /** Takes rows over as they are now stored. */
  applyRows(rows: readonly KeyRow[], origin: ChangeOrigin): void {
    const now = this.clock.monotonic();
    const arrived: PooledKey[] = [];
    const left: string[] = [];
    for (const row of rows) {
      const key = this.registry.find(row.id);
      if (row.retired !== 0) {
        if (key && !this.given.has(key.fingerprint)) left.push(row.id);
      } else if (!key) {
        arrived.push(...this.held(row));
      } else if (key.version !== row.version) {
        key.version = row.version;
        this.writer.drop(key);
        this.registry.set(key, healthOf(row, this.clock), now, origin);
      }
    }
    if (left.length > 0) this.registry.remove(left);
    if (arrived.length > 0) this.registry.add(arrived, now);
  }

  /** Makes the pool what environment, file and database say. */
  private async load(): Promise<void> {
    for (const part of inParts([...this.given], registeredAtOnce)) {
      await this.rows.register(
        part.map(([fingerprint, { secret, source }]) => ({
          id: this.ids.next('key'),
          fingerprint,
          source,
          lastFour: lastFourOf(secret),
          label: null,
          secret: null,
        })),
      );
    }
    const { rows, lookedAt, gone } = await this.read(async () => {
      const all = await this.rows.listAll();
      const left = all.rows.filter(({ source, fingerprint }) => {
        return source !== 'api' && !this.given.has(fingerprint);
      });
      if (left.length > 0) await this.rows.retire(left.map(({ id }) => id));
      return { ...all, gone: left };
    });
    this.lookedAt = lookedAt;
    const retired = new Set(gone);
    this.applyRows(
      this.inGivenOrder(rows).map((row) => (retired.has(row) ? { ...row, retired: 1 } : row)),
      'other-process',
    );
    await this.rows.purge(deletedForMs);
    if (this.registry.size === 0) this.warnOfNoKeys();
  }

  /** Reads again where a key was deleted here meanwhile: what was read may still have it. */
  private async read<Found>(find: () => Promise<Found>): Promise<Found> {
    for (;;) {
      const { removals } = this.registry;
      const found = await find();
      if (this.registry.removals === removals) return found;
    }
  }

  /** First as environment and file name them, then as they were added: that is the order of turns. */
  private inGivenOrder(rows: readonly KeyRow[]): KeyRow[] {
    const places = new Map(
      [...this.given.keys()].map((fingerprint, place) => [fingerprint, place]),
    );
    const placeOf = ({ fingerprint }: KeyRow): number => places.get(fingerprint) ?? places.size;
    return [...rows].sort((a, b) => placeOf(a) - placeOf(b));
  }

  private keepGiven(secret: string, source: KeySource): void {
    const fingerprint = this.vault.fingerprint(secret);
    if (!this.given.has(fingerprint)) this.given.set(fingerprint, { secret, source });
  }

  /** The key of a row, if its secret is at hand. */
  private held(row: KeyRow): PooledKey[] {
    const secret = this.secretOf(row);
    if (secret === null || this.vault.fingerprint(secret) !== row.fingerprint) {
      this.logger.error({
        event: 'key.unreadable',
        key: row.id,
        reason: this.vault.canSeal
          ? 'its row was changed by another hand; delete it and add the key again'
          : 'KEY_ENCRYPTION_SECRET is not set',
      });
      return [];
    }
    const key = new PooledKey({ ...row, secret });
    key.health = healthOf(row, this.clock);
    key.version = row.version;
    return [key];
  }

  private secretOf({ id, fingerprint, secret }: KeyRow): string | null {
    if (secret !== null) {
      const opened = this.vault.unseal(secret, id);
      if (opened !== null) return opened;
    }
    return this.given.get(fingerprint)?.secret ?? null;
  }

  private warnOfNoKeys(): void {
    const { keyFile, adminToken, encryptionSecret } = this.settings.keys;
    const isOpen = adminToken !== null && encryptionSecret !== null;
    const before = isOpen ? '' : ', after setting ADMIN_TOKEN and KEY_ENCRYPTION_SECRET';
    this.logger.warn(
      `No API key: model calls will be answered with 503. Put keys into OPENAI_API_KEYS (and restart) or ${keyFile}, one a line, or add them with POST /admin/keys${before}.`,
    );
  }
}

function inParts<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}
