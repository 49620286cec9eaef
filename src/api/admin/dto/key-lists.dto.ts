import type { KeyDto } from './key.dto.js';

/** A page of keys, the oldest first. */
export class KeyPageDto {
  data: KeyDto[];
  /** Null on the last page. */
  nextCursor: string | null;
}

/** How many keys are in which state. */
export class KeyCountsDto {
  active: number;
  cooling: number;
  suspended: number;
  exhausted: number;
  invalid: number;
  disabled: number;
}

/** How many keys there are. */
export class KeySummaryDto {
  total: number;
  byState: KeyCountsDto;
}

/** A key that was there already. */
export class DuplicateKeyDto {
  /** Its place in the request, from 0. */
  index: number;
  id: string;
}

/** What became of keys that were to be added. */
export class AddedKeysDto {
  added: KeyDto[];
  duplicates: DuplicateKeyDto[];
}
