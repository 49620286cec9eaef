import { IdSource } from '../platform/ids/id-source.js';

/** Of the 22 characters of an id, those that it has from its response's: 83 bits. */
export const sharedLength = 14;

/**
 * Ids of what a response was asked with and what it answered. They begin as the response's own id
 * does, so that an item is found by its id without a table of all items; what is left of them is
 * random, so that no response's id follows from them.
 */
export class ResponseItemIds extends IdSource {
  private readonly shared: string;

  constructor(
    private readonly ids: IdSource,
    responseId: string,
  ) {
    super();
    this.shared = sharedOf(responseId);
  }

  next(prefix: Parameters<IdSource['next']>[0]): string {
    const id = this.ids.next(prefix);
    // Calls have names of their own, which the model service knows.
    if (prefix === 'call') return id;
    const start = prefix.length + 1;
    return `${prefix}_${this.shared}${id.slice(start + sharedLength)}`;
  }
}

/** What the ids of a response and of its items have in common. */
export function sharedOf(id: string): string {
  const start = id.indexOf('_') + 1;
  return id.slice(start, start + sharedLength);
}
