import { IdSource } from './id-source.js';

/**
 * Ids that begin as another one does, so that what they are of is found by them through an index on
 * what it has in common with them. What is left of them is random: no id follows from another.
 */
export class DerivedIds extends IdSource {
  private readonly shared: string;

  /**
   * @param from the id that they begin as, behind its prefix
   * @param length characters that they have in common, of 22
   */
  constructor(
    private readonly ids: IdSource,
    from: string,
    length: number,
  ) {
    super();
    this.shared = beginningOf(from, length);
  }

  next(prefix: Parameters<IdSource['next']>[0]): string {
    const id = this.ids.next(prefix);
    return `${prefix}_${this.shared}${id.slice(prefix.length + 1 + this.shared.length)}`;
  }
}

/** The first characters of an id behind its prefix. */
export function beginningOf(id: string, length: number): string {
  const start = id.indexOf('_') + 1;
  return id.slice(start, start + length);
}
