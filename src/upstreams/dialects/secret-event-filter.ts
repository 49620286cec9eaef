import { unsafeCast } from '../../platform/unsafe-cast.js';
import {
  isSearchedFor,
  overlap,
  PieceFilter,
  spelled,
  withoutSpelled,
} from '../transport/secret-filter.js';
import type { EventFilter, RawAnswer } from './dialect.js';

/** Texts of one answer that may begin a secret at one time; more are nobody's. */
const mostOpen = 64;

/**
 * Keeps a secret out of the events of a stream: where a piece of a text may begin with it, that comes
 * with a later piece. Dialects differ in where the texts of an event are.
 */
export abstract class SecretEventFilter implements EventFilter {
  /** By its place in the answer, what is held back of a text. */
  protected readonly open = new Map<string, PieceFilter>();
  private readonly isUsed: boolean;
  private readonly spelled: string;

  constructor(private readonly secret: string) {
    this.isUsed = isSearchedFor(secret);
    this.spelled = spelled(secret);
  }

  clean(event: RawAnswer): RawAnswer {
    return this.isUsed ? this.cleanTexts(this.withoutSpelled(event)) : event;
  }

  /** Takes the secret out of the event's texts. @returns the same event where there is nothing of it */
  protected abstract cleanTexts(event: RawAnswer): RawAnswer;

  /** Whether a piece needs no look: nothing is held back, and it does not end as the secret begins. */
  protected isClean(piece: string): boolean {
    return this.open.size === 0 && overlap(piece, this.secret) === 0;
  }

  /** @returns what may be shown of the text at this place, now that it has a piece more */
  protected push(place: string, piece: string): string {
    const filter = this.open.get(place) ?? new PieceFilter(this.secret);
    const clean = filter.push(piece);
    if (filter.isIdle) this.open.delete(place);
    else if (this.open.size < mostOpen || this.open.has(place)) this.open.set(place, filter);
    return clean;
  }

  private withoutSpelled(event: RawAnswer): RawAnswer {
    const data = withoutSpelled(event.data, this.spelled);
    if (data === event.data) return event;
    return { data, value: unsafeCast<RawAnswer['value']>(JSON.parse(data)) };
  }
}
