import { Injectable, type PipeTransform } from '@nestjs/common';
import { Fields } from '../common/json/fields.js';
import type { Page, PageWish } from '../conversations/conversation-records.repository.js';

const defaultLimit = 20;
const mostEntries = 100;

/** A list of the OpenAI API; first and last id are empty where there is nothing. */
export interface ItemList<Entry> {
  object: 'list';
  data: Entry[];
  first_id: string;
  last_id: string;
  has_more: boolean;
}

/** Reads `limit` (1 to 100), `order` (newest first unless said) and `after` of a query. */
@Injectable()
export class PagePipe implements PipeTransform<object, PageWish> {
  transform(query: object): PageWish {
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
}

/** A page as the official client's pager reads it. */
export function toItemList<Entry, Shown extends { id?: string | null }>(
  { entries, hasMore }: Page<Entry>,
  show: (entry: Entry) => Shown,
): ItemList<Shown> {
  const data = entries.map(show);
  return {
    object: 'list',
    data,
    first_id: data.at(0)?.id ?? '',
    last_id: data.at(-1)?.id ?? '',
    has_more: hasMore,
  };
}
