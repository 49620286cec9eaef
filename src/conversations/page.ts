/** Which part of a list is wanted. */
export interface PageQuery {
  limit: number;
  order: 'asc' | 'desc';
  /** The id that the page begins behind. */
  after: string | null;
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
