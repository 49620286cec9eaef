import { unsafeCast } from '../../platform/unsafe-cast.js';
import { endFrame, frameOf } from '../../platform/http/event-stream.js';
import { isJsonObject, listOf } from '../../platform/json/fields.js';

/** A JSON object of which only those fields are known that are asked for. */
type Json = Record<string, unknown>;

/** What a chunk says of one of the answers. */
interface Choice {
  said: Json;
  finishReason: unknown;
}

/** Fields that are said once and not in pieces, although they are texts. */
const wholeTexts = new Set(['role', 'id', 'type', 'name']);

/** More fields, choices and entries with an `index` than there are in any answer. */
const mostParts = 4_000;

/**
 * A streamed chat completion as it is sent to who asks for it again: the fields of its chunks, known
 * or not, with what came in pieces in one. One that is too large for that is forgotten on the way.
 */
export class CondensedChunks {
  private head = emptyJson();
  private readonly choices = new Map<unknown, Choice>();
  private usage: unknown = null;
  private length = 0;
  private parts = 0;

  /** @param longest of its values, in characters */
  constructor(private readonly longest: number) {}

  add(chunk: object): void {
    if (this.isTooLarge()) return;
    const { choices, usage, ...head } = fieldsOf(chunk);
    for (const [name, value] of Object.entries(head)) {
      if (!(name in this.head)) this.head[name] = this.copyOf(value);
    }
    if ('usage' in chunk) this.head['usage'] = null;
    this.usage = usage ?? this.usage;
    for (const choice of listOf(choices)) this.addChoice(fieldsOf(choice));
    if (!this.isTooLarge()) return;
    this.head = emptyJson();
    this.choices.clear();
  }

  /** The whole stream as its text, or null where it is too large. */
  toText(): string | null {
    if (this.isTooLarge()) return null;
    const { head } = this;
    const chunks: Json[] = [
      { ...head, choices: this.choicesOf(({ said }) => ({ ...said, finish_reason: null })) },
      {
        ...head,
        choices: this.choicesOf(({ finishReason }) => ({
          delta: {},
          logprobs: null,
          finish_reason: finishReason,
        })),
      },
      ...(this.usage === null ? [] : [{ ...head, choices: [], usage: this.usage }]),
    ];
    return chunks.map((chunk) => frameOf(JSON.stringify(chunk))).join('') + endFrame;
  }

  private isTooLarge(): boolean {
    return this.length > this.longest || this.parts > mostParts;
  }

  private addChoice({ index = 0, finish_reason: reason, ...said }: Json): void {
    const known = this.choices.get(index) ?? this.openChoice(index);
    this.merge(known.said, said);
    known.finishReason = reason ?? known.finishReason;
  }

  private openChoice(index: unknown): Choice {
    const choice = { said: emptyJson(), finishReason: null };
    this.choices.set(index, choice);
    this.parts += 1;
    return choice;
  }

  private choicesOf(shape: (choice: Choice) => Json): Json[] {
    return [...this.choices].map(([index, choice]) => ({ index, ...shape(choice) }));
  }

  /** Adds what a piece says to what was said: texts are lengthened, lists too, by `index` where one is. */
  private merge(known: Json, piece: Json): void {
    for (const [name, value] of Object.entries(piece)) {
      if (this.isTooLarge()) return;
      const before = known[name];
      if (before === undefined || before === null) known[name] = this.copyOf(value);
      else known[name] = this.merged(name, before, value);
    }
  }

  /** A value that was not there before, to be lengthened here. */
  private copyOf(value: unknown): unknown {
    this.parts += 1;
    if (Array.isArray(value)) return this.lengthened([], value);
    if (isJsonObject(value)) {
      const copy = emptyJson();
      this.merge(copy, value);
      return copy;
    }
    this.length += typeof value === 'string' ? value.length : 1;
    return value;
  }

  private merged(name: string, known: unknown, value: unknown): unknown {
    if (value === null) return known;
    if (typeof known === 'string' && typeof value === 'string') {
      if (wholeTexts.has(name)) return known;
      this.length += value.length;
      return known + value;
    }
    if (Array.isArray(known) && Array.isArray(value)) return this.lengthened(known, value);
    if (isJsonObject(known) && isJsonObject(value)) {
      this.merge(known, value);
      return known;
    }
    return this.copyOf(value);
  }

  private lengthened(known: unknown[], pieces: readonly unknown[]): unknown[] {
    for (const piece of pieces) {
      if (this.isTooLarge()) break;
      const index = indexOf(piece);
      if (index === undefined) {
        // Nothing is added to it any more: it may be as it came.
        this.length += JSON.stringify(piece).length;
        known.push(piece);
        continue;
      }
      const place = known.findIndex((one) => indexOf(one) === index);
      if (place < 0) known.push(this.copyOf(piece));
      else known[place] = this.merged('', known[place], piece);
      // They are looked through for every piece.
      if (known.length > mostParts) this.parts = known.length;
    }
    return known;
  }
}

/** Without a prototype, whatever the names in it are. */
function emptyJson(): Json {
  return unsafeCast<Json>(Object.create(null));
}

function indexOf(value: unknown): unknown {
  return isJsonObject(value) ? value['index'] : undefined;
}

function fieldsOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
