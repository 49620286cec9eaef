import { Nonce } from './auth/nonce.entity.js';
import { Conversation } from './conversations/conversation.entity.js';
import { Item } from './conversations/item.entity.js';
import { IdempotencyRecord } from './idempotency/idempotency-record.entity.js';
import { KeyVaultRecord } from './keys/key-vault.entity.js';
import { StoredKey } from './keys/stored-key.entity.js';
import { StoredResponse } from './responses/response.entity.js';
import { Share } from './sharing/share.entity.js';

/**
 * Every table of the service, named one by one: globs break bundles and hide what exists. A table
 * stands behind those that it refers to.
 */
export const entities = [
  Conversation,
  Item,
  StoredResponse,
  Share,
  IdempotencyRecord,
  Nonce,
  StoredKey,
  KeyVaultRecord,
];
