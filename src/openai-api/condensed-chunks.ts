import { endFrame, frameOf } from '../common/http/event-stream.js';

/** A JSON object of which only those fields are known that are asked for. */
type Json = Record<string, unknown>;

/** What a chunk says of one of the answers. */
interface Choice {
  said: Json;
  finishReason: unknown;
}

/** Fields that are said once and not in pieces, although they are texts. */
const wholeTexts = new Set(['role', 'id', 'type', 'name']);

/**
 * A streamed chat completion as it is sent to who asks for it again: the fields of its chunks, known
 * or not, with what came in pieces in one.
 */
export class CondensedChunks {
  private head: Json = {};
  private readonly choices = new Map<unknown, Choice>();
  private usage: unknown = null;

  add(chunk: object): void {
    const { choices, usage, ...head } = fieldsOf(chunk);
    this.head = { ...head, ...this.head, ...('usage' in chunk ? { usage: null } : {}) };
    this.usage = usage ?? this.usage;
    for (const choice of listOf(choices)) this.addChoice(fieldsOf(choice));
  }

  /** The whole stream as its text. */
  toText(): string {
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

  private addChoice({ index = 0, finish_reason: reason, ...said }: Json): void {
    const known = this.choices.get(index) ?? { said: {}, finishReason: null };
    this.choices.set(index, known);
    merge(known.said, said);
    known.finishReason = reason ?? known.finishReason;
  }

  private choicesOf(shape: (choice: Choice) => Json): Json[] {
    return [...this.choices].map(([index, choice]) => ({ index, ...shape(choice) }));
  }
}

/** Adds what a piece says to what was said: texts are lengthened, lists too, by `index` where one is. */
function merge(known: Json, piece: Json): void {
  for (const [name, value] of Object.entries(piece)) {
    known[name] = merged(name, known[name], value);
  }
}

function merged(name: string, known: unknown, value: unknown): unknown {
  if (known === undefined || known === null) {
    return Array.isArray(value) ? mergedLists([], value) : value;
  }
  if (value === null) return known;
  if (typeof known === 'string' && typeof value === 'string') {
    return wholeTexts.has(name) ? known : known + value;
  }
  if (Array.isArray(known) && Array.isArray(value)) return mergedLists(known, value);
  if (typeof known === 'object' && typeof value === 'object') {
    const both = fieldsOf(known);
    merge(both, fieldsOf(value));
    return both;
  }
  return value;
}

function mergedLists(known: unknown[], pieces: unknown[]): unknown[] {
  for (const piece of pieces) {
    const { index } = fieldsOf(piece);
    const place =
      index === undefined ? -1 : known.findIndex((one) => fieldsOf(one)['index'] === index);
    if (place < 0) known.push(piece);
    else known[place] = merged('', known[place], piece);
  }
  return known;
}

function fieldsOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
