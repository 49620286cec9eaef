import { Injectable } from '@nestjs/common';
import { isoTime } from '../../platform/time/iso-time.js';
import type { KeyFilter } from '../../keys/key-list.repository.js';
import { KeyProbeTask } from '../../keys/key-probe.task.js';
import { KeysService, type KeyView, type NewKey } from '../../keys/keys.service.js';
import type { AddedKeysDto, KeyCountsDto, KeyPageDto, KeySummaryDto } from './dto/key-lists.dto.js';
import type { KeyDto, ProbedKeyDto } from './dto/key.dto.js';
import { cursorOf } from './pipes/key-filter.pipe.js';

/** Keys in the shapes of the admin API. */
@Injectable()
export class KeysAdminService {
  constructor(
    private readonly keys: KeysService,
    private readonly probes: KeyProbeTask,
  ) {}

  /** @throws NoEncryptionSecretError, EncryptionSecretRotatedError */
  async add(keys: readonly NewKey[]): Promise<AddedKeysDto> {
    const { added, duplicates } = await this.keys.add(keys);
    return { added: added.map(toDto), duplicates };
  }

  /** @throws KeyNotFoundError */
  async rename(id: string, label: string | null): Promise<KeyDto> {
    return toDto(await this.keys.rename(id, label));
  }

  /** @throws KeyNotFoundError */
  async enable(id: string): Promise<KeyDto> {
    return toDto(await this.keys.enable(id));
  }

  /** @throws KeyNotFoundError */
  async disable(id: string): Promise<KeyDto> {
    return toDto(await this.keys.disable(id));
  }

  /** Asks the upstream about the key, now. @throws KeyNotFoundError, KeyNotHeldError */
  async probe(id: string): Promise<ProbedKeyDto> {
    const { outcome, error = null } = await this.probes.probe(await this.keys.getHeld(id));
    return Object.assign(await this.get(id), { probe: { outcome: outcome.type, error } });
  }

  /** @throws KeyNotFoundError, KeyNotStoredError */
  delete(id: string): Promise<void> {
    return this.keys.delete(id);
  }

  /** @throws KeyNotFoundError */
  async get(id: string): Promise<KeyDto> {
    return toDto(await this.keys.get(id));
  }

  /** One more than asked for tells whether there is a next page. */
  async list(filter: KeyFilter): Promise<KeyPageDto> {
    const found = await this.keys.list({ ...filter, limit: filter.limit + 1 });
    const page = found.slice(0, filter.limit);
    const last = page.at(-1);
    const nextCursor = found.length > page.length && last ? cursorOf(last) : null;
    return { data: page.map(toDto), nextCursor };
  }

  async summarize(): Promise<KeySummaryDto> {
    const byState: KeyCountsDto = {
      active: 0,
      cooling: 0,
      suspended: 0,
      exhausted: 0,
      invalid: 0,
      disabled: 0,
    };
    let total = 0;
    for (const { state, count } of await this.keys.countByState()) {
      byState[state] = count;
      total += count;
    }
    return { total, byState };
  }
}

function toDto({ until, models, lastUsedAt, createdAt, ...rest }: KeyView): KeyDto {
  return {
    ...rest,
    until: isoTime(until),
    models: models.map((model) => ({ ...model, until: new Date(model.until).toISOString() })),
    lastUsedAt: isoTime(lastUsedAt),
    createdAt: new Date(createdAt).toISOString(),
  };
}
