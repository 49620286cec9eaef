import { Injectable, type PipeTransform } from '@nestjs/common';
import { Fields } from '../../platform/json/fields.js';
import type { ConversationFilter } from '../../conversations/conversations.repository.js';
import { readPage, type Page, type PageQuery } from '../../conversations/page.js';
import { mostPairs } from './parse/metadata.js';

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
export class PagePipe implements PipeTransform<object, PageQuery> {
  transform(query: object): PageQuery {
    return readPage(query);
  }
}

/** Reads `metadata[k]`, `created_after` and `created_before` (epoch seconds) of a query. */
@Injectable()
export class ConversationFilterPipe implements PipeTransform<object, ConversationFilter> {
  transform(query: object): ConversationFilter {
    const fields = new Fields({ ...query });
    const pairs = Object.keys(query).flatMap((name): [string, string][] => {
      const key = /^metadata\[(.+)\]$/s.exec(name)?.[1];
      const value = key === undefined ? null : fields.text(name);
      return key === undefined || value === null ? [] : [[key, value]];
    });
    if (pairs.length > mostPairs) {
      const detail = `A filter takes at most ${mostPairs} pairs of metadata`;
      throw fields.fault('metadata', 'invalid_value', detail);
    }
    return {
      metadata: Object.fromEntries(pairs),
      createdAfter: milliseconds(fields, 'created_after'),
      createdBefore: milliseconds(fields, 'created_before'),
    };
  }
}

/** A conversation is shown with whole seconds, so `created_after` one of them is the next second. */
function milliseconds(fields: Fields, name: 'created_after' | 'created_before'): number | null {
  const text = fields.text(name);
  if (text === null) return null;
  if (!/^\d{1,12}$/.test(text)) {
    throw fields.fault(name, 'invalid_value', `${name} must be seconds since 1970`);
  }
  return Number(text) * 1_000 + (name === 'created_after' ? 999 : 0);
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
