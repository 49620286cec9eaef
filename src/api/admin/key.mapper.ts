import type { AttemptReport } from '../../keys/attempt-outcome.js';
import type { KeyState } from '../../keys/key-state.js';
import type { AddedKeys, KeyView } from '../../keys/keys.service.js';
import { isoTime } from '../../platform/time/iso-time.js';
import type { AddedKeysDto, KeyCountsDto, KeyPageDto, KeySummaryDto } from './dto/key-lists.dto.js';
import type { KeyDto, ProbedKeyDto } from './dto/key.dto.js';
import { cursorOf } from './pipes/key-filter.pipe.js';

/** A key in the shape of the admin API. */
export function toKeyDto({ until, models, lastUsedAt, createdAt, ...rest }: KeyView): KeyDto {
  return {
    ...rest,
    until: isoTime(until),
    models: models.map((model) => ({ ...model, until: new Date(model.until).toISOString() })),
    lastUsedAt: isoTime(lastUsedAt),
    createdAt: new Date(createdAt).toISOString(),
  };
}

export function toProbedKeyDto({ outcome, error }: AttemptReport, key: KeyView): ProbedKeyDto {
  return Object.assign(toKeyDto(key), { probe: { outcome: outcome.type, error: error ?? null } });
}

export function toAddedKeysDto({ added, duplicates }: AddedKeys): AddedKeysDto {
  return { added: added.map(toKeyDto), duplicates };
}

/** @param found one key more than the page has shows that there is a next page */
export function toKeyPageDto(found: readonly KeyView[], limit: number): KeyPageDto {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = found.length > page.length && last ? cursorOf(last) : null;
  return { data: page.map(toKeyDto), nextCursor };
}

export function toKeySummaryDto(
  counts: readonly { state: KeyState; count: number }[],
): KeySummaryDto {
  const byState: KeyCountsDto = {
    active: 0,
    cooling: 0,
    suspended: 0,
    exhausted: 0,
    invalid: 0,
    disabled: 0,
  };
  let total = 0;
  for (const { state, count } of counts) {
    byState[state] = count;
    total += count;
  }
  return { total, byState };
}
