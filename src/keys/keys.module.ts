import { Module } from '@nestjs/common';
import { KeyChanges } from './key-changes.js';
import { KeyMetrics } from './key-metrics.js';
import { KeyEventsService } from './key-events.service.js';
import { KeyListRepository } from './key-list.repository.js';
import { KeyPool } from './key-pool.js';
import { KeyRegistry } from './key-registry.js';
import { KeyStoreService } from './key-store.service.js';
import { KeyVaultRepository } from './key-vault.repository.js';
import { KeyVaultService } from './key-vault.service.js';
import { KeyWebhook } from './key-webhook.js';
import { KeyWriter } from './key-writer.js';
import { KeysService } from './keys.service.js';
import { MemoryKeyPool } from './memory.key-pool.js';
import { StoredKeysRepository } from './stored-keys.repository.js';

/** The supply of API keys. Who can ask the upstream about them implements `KeyProbe`. */
@Module({
  providers: [
    KeyChanges,
    KeyRegistry,
    MemoryKeyPool,
    { provide: KeyPool, useExisting: MemoryKeyPool },
    KeyVaultRepository,
    KeyVaultService,
    StoredKeysRepository,
    KeyListRepository,
    KeyWriter,
    KeyStoreService,
    KeyWebhook,
    KeyEventsService,
    KeyMetrics,
    KeysService,
  ],
  exports: [KeyPool, KeyRegistry, KeysService, KeyStoreService, KeyVaultService],
})
export class KeysModule {}
