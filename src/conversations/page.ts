import { Fields } from '../platform/json/fields.js';

/** Which part of a list is wanted. */
export interface PageQuery {
  limit: number;
  order: 'asc' | 'desc';
  /** The id that the page begins behind. */
  after: string | null;
}

const defaultLimit = 20;
const mostEntries = 100;

/**
 * Reads `limit` (1 to 100), `order` (newest first unless said) and `after` of a query.
 *
 * @throws InvalidFieldError
 */
export function readPage(query: object): PageQuery {
  const fields = new Fields({ ...query });
  const limit = fields.text('limit');
  const count = limit === null ? defaultLimit : Number(limit);
  if (!Number.isInteger(count) || count < 1 || count > mostEntries) {
    throw fields.fault('limit', 'invalid_value', `limit must be from 1 to ${mostEntries}`);
  }
  return {
    limit: count,
    order: fields.choice('order', ['asc', 'desc']) ?? 'desc',
    after: fields.text('after'),
  };
}

/** A part of a list. */
export interface Page<Entry> {
  entries: Entry[];
  hasMore: boolean;
}

/** @param entries one more than asked for, where there are more */
export function pageOf<Entry>(entries: Entry[], { limit }: PageQuery): Page<Entry> {
  return { entries: entries.slice(0, limit), hasMore: entries.length > limit };
}
