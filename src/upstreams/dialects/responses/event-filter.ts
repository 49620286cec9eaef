import { unsafeCast } from '../../../platform/unsafe-cast.js';
import {
  isSearchedFor,
  overlap,
  PieceFilter,
  spelled,
  withoutSpelled,
} from '../../transport/secret-filter.js';
import type { EventFilter, RawAnswer } from '../dialect.js';

/** Texts of one answer that may begin a secret at one time; more are nobody's. */
const mostOpen = 64;

/**
 * Keeps a secret out of the events of a stream: where a piece of a text may begin with it, that comes
 * with the next piece. What is held back of a text's last piece is in the event that has all of it.
 */
export class ResponseEventFilter implements EventFilter {
  private readonly open = new Map<string, PieceFilter>();
  private readonly isUsed: boolean;
  private readonly spelled: string;

  constructor(private readonly secret: string) {
    this.isUsed = isSearchedFor(secret);
    this.spelled = spelled(secret);
  }

  clean(event: RawAnswer): RawAnswer {
    if (!this.isUsed) return event;
    const spelt = this.withoutSpelled(event);
    const { delta } = spelt.value;
    if (typeof delta !== 'string' || delta === '') return spelt;
    if (this.open.size === 0 && overlap(delta, this.secret) === 0) return spelt;
    const clean = this.push(keyOf(spelt.value), delta);
    if (clean === delta) return spelt;
    const value = { ...spelt.value, delta: clean };
    return { data: JSON.stringify(value), value };
  }

  private withoutSpelled(event: RawAnswer): RawAnswer {
    const data = withoutSpelled(event.data, this.spelled);
    if (data === event.data) return event;
    return { data, value: unsafeCast<RawAnswer['value']>(JSON.parse(data)) };
  }

  private push(key: string, delta: string): string {
    const filter = this.open.get(key) ?? new PieceFilter(this.secret);
    const clean = filter.push(delta);
    if (filter.isIdle) this.open.delete(key);
    else if (this.open.size < mostOpen || this.open.has(key)) this.open.set(key, filter);
    return clean;
  }
}

function keyOf({ type, output_index, content_index, summary_index }: RawAnswer['value']): string {
  return JSON.stringify([type, output_index, content_index, summary_index]);
}
