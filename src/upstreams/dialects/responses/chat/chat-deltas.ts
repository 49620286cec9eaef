import { isJsonObject, listOf, type JsonObject } from '../../../../platform/json/fields.js';
import { textIn } from '../../chat-completions/choice-decoder.js';
import { indexIn, itemAdded, itemDone } from '../steps.js';

/** What a piece of an answer says, in the words of a chat completion's chunk. */
export interface ChatDelta {
  delta: JsonObject;
  /** How likely its words were. */
  logprobs: readonly JsonObject[];
}

/** A call of a tool, as it is told. */
interface Call {
  /** How many calls there are before it. */
  index: number;
  kind: 'function' | 'custom';
}

/**
 * Puts the output of a response, as it comes or whole, into the words of chat completions. What is
 * told in events of its own and in the item that it is part of is told once.
 */
export class ChatDeltas {
  private readonly text = new JoinedText();
  private readonly thought = new JoinedText();
  private readonly calls = new Map<number, Call>();
  /** Characters that came of each text. */
  private readonly lengths = new Map<string, number>();
  /** Places of the messages whose sources were told, and of the items that have ended. */
  private readonly cited = new Set<number>();
  private readonly ended = new Set<number>();
  /** Of the item that is told by events that do not say its place: below those that are said. */
  private unsaidPlace = -1;
  /** Whether such events told anything. */
  private isDisplaced = false;

  /** @param usesFunctions whether a call is told as it was before there were tools */
  constructor(private readonly usesFunctions: boolean) {}

  get hasCalls(): boolean {
    return this.calls.size > 0;
  }

  ofEvent(event: JsonObject): ChatDelta[] {
    const { type, item } = event;
    const place = this.placeOf(event);
    if (this.ended.has(place)) return [];
    const deltas = this.deltasOf(event, place);
    if (place === this.unsaidPlace) this.isDisplaced ||= deltas.length > 0;
    if (type === itemDone && isJsonObject(item)) {
      this.ended.add(place);
      if (place === this.unsaidPlace) this.unsaidPlace -= 1;
    }
    return deltas;
  }

  /** The output of a whole response, or what no event said of the output of one that has ended. */
  ofOutput(output: unknown): ChatDelta[] {
    if (this.isDisplaced) return [];
    return listOf(output).flatMap((item, place) =>
      isJsonObject(item) && !this.ended.has(place) ? this.ofItem(item, place) : [],
    );
  }

  /** Items whose places are not said come one after another. */
  private placeOf({ type, output_index: place }: JsonObject): number {
    if (typeof place === 'number') return place;
    if (type === itemAdded) this.unsaidPlace -= 1;
    return this.unsaidPlace;
  }

  private deltasOf(event: JsonObject, place: number): ChatDelta[] {
    const { item } = event;
    const part = indexIn(event['content_index']);
    const summary = indexIn(event['summary_index']);
    switch (event['type']) {
      case itemAdded:
        return isJsonObject(item) && !this.calls.has(place) ? this.beginCall(item, place) : [];
      case itemDone:
        return isJsonObject(item) ? this.ofItem(item, place) : [];
      case 'response.output_text.delta':
      case 'response.output_text.done':
        return this.say(place, part, pieceIn(event, 'text'), event['logprobs']);
      case 'response.output_text.annotation.added':
        return this.cite([event['annotation']], place);
      case 'response.refusal.delta':
      case 'response.refusal.done':
        return this.refuse(place, part, pieceIn(event, 'refusal'));
      case 'response.reasoning_summary_text.delta':
      case 'response.reasoning_summary_text.done':
        return this.think(`summary ${place} ${summary}`, pieceIn(event, 'text'));
      case 'response.reasoning_text.delta':
      case 'response.reasoning_text.done':
        return this.think(`thought ${place} ${part}`, pieceIn(event, 'text'));
      case 'response.function_call_arguments.delta':
      case 'response.function_call_arguments.done':
        return this.callWith(place, pieceIn(event, 'arguments'));
      case 'response.custom_tool_call_input.delta':
      case 'response.custom_tool_call_input.done':
        return this.callWith(place, pieceIn(event, 'input'));
      default:
        return [];
    }
  }

  /** What an item says that was not told. */
  private ofItem(item: JsonObject, place: number): ChatDelta[] {
    switch (item['type']) {
      case 'function_call':
      case 'custom_tool_call': {
        const whole = wholeOf(item['arguments'] ?? item['input']);
        if (this.calls.has(place)) return this.callWith(place, whole);
        return this.beginCall(item, place, this.next(`call ${place}`, whole));
      }
      case 'message':
        return this.ofMessage(item, place);
      case 'reasoning':
        return this.ofReasoning(item, place);
      default:
        return [];
    }
  }

  private ofMessage({ content }: JsonObject, place: number): ChatDelta[] {
    const isCited = this.cited.has(place);
    return listOf(content)
      .filter(isJsonObject)
      .flatMap((part, at) => {
        if (part['type'] === 'refusal') return this.refuse(place, at, wholeOf(part['refusal']));
        return [
          ...this.say(place, at, wholeOf(part['text']), part['logprobs']),
          ...(isCited ? [] : this.cite(listOf(part['annotations']), place)),
        ];
      });
  }

  private ofReasoning({ summary, content }: JsonObject, place: number): ChatDelta[] {
    const thoughts = (kind: string, parts: unknown): ChatDelta[] =>
      listOf(parts)
        .filter(isJsonObject)
        .flatMap((part, at) => this.think(`${kind} ${place} ${at}`, wholeOf(part['text'])));
    return [...thoughts('summary', summary), ...thoughts('thought', content)];
  }

  private say(place: number, part: number, piece: Piece, logprobs: unknown): ChatDelta[] {
    const text = this.next(`text ${place} ${part}`, piece);
    const isAll = text.length === piece.text.length;
    const likely = isAll ? listOf(logprobs).filter(isJsonObject) : [];
    return tell('content', this.text.add(place, part, text), likely);
  }

  private refuse(place: number, part: number, piece: Piece): ChatDelta[] {
    return tell('refusal', this.next(`refusal ${place} ${part}`, piece));
  }

  private think(paragraph: string, piece: Piece): ChatDelta[] {
    const text = this.next(paragraph, piece);
    return tell('reasoning_content', this.thought.add(paragraph, paragraph, text));
  }

  /** What of a piece was not told. @param name the text's */
  private next(name: string, { text, isWhole }: Piece): string {
    const length = this.lengths.get(name) ?? 0;
    const more = isWhole ? text.slice(length) : text;
    this.lengths.set(name, length + more.length);
    return more;
  }

  /** Sources on the web: chat completions know no other. */
  private cite(annotations: readonly unknown[], place: number): ChatDelta[] {
    const cited = annotations
      .filter(isJsonObject)
      .filter(({ type }) => type === 'url_citation')
      .map(({ type, ...citation }) => ({ type, url_citation: this.placed(citation) }));
    if (cited.length === 0) return [];
    this.cited.add(place);
    return toDeltas({ annotations: cited });
  }

  /** A source says where its words are in their part. */
  private placed(citation: JsonObject): JsonObject {
    const { start_index: start, end_index: end } = citation;
    const { partStart } = this.text;
    return {
      ...citation,
      ...(typeof start === 'number' ? { start_index: start + partStart } : {}),
      ...(typeof end === 'number' ? { end_index: end + partStart } : {}),
    };
  }

  private beginCall(item: JsonObject, place: number, text = ''): ChatDelta[] {
    const { type, call_id: id, name } = item;
    if (type !== 'function_call' && type !== 'custom_tool_call') return [];
    const kind = type === 'function_call' ? 'function' : 'custom';
    const call = { index: this.calls.size, kind } as const;
    this.calls.set(place, call);
    return this.callDelta(call, { name }, text, { id, type: kind });
  }

  private callWith(place: number, piece: Piece): ChatDelta[] {
    const call = this.calls.get(place);
    const text = call ? this.next(`call ${place}`, piece) : '';
    if (!call || text === '') return [];
    return this.callDelta(call, {}, text, {});
  }

  private callDelta(
    { index, kind }: Call,
    named: JsonObject,
    text: string,
    begun: JsonObject,
  ): ChatDelta[] {
    const called = { ...named, [kind === 'function' ? 'arguments' : 'input']: text };
    // One call is what was asked for, and what there is room for.
    if (this.usesFunctions && index === 0) return toDeltas({ function_call: called });
    return toDeltas({ tool_calls: [{ index, ...begun, [kind]: called }] });
  }
}

/** Some of a text, or all of it, of which a part may have come before. */
interface Piece {
  text: string;
  isWhole: boolean;
}

/** @param whole the name of the member in which the event at a text's end has all of it */
function pieceIn(event: JsonObject, whole: string): Piece {
  const { type, delta } = event;
  if (String(type).endsWith('.done')) return wholeOf(event[whole]);
  return { text: textIn(delta), isWhole: false };
}

function wholeOf(text: unknown): Piece {
  return { text: textIn(text), isWhole: true };
}

function tell(name: string, text: string, logprobs: readonly JsonObject[] = []): ChatDelta[] {
  return text === '' ? [] : [{ delta: { [name]: text }, logprobs }];
}

function toDeltas(delta: JsonObject): ChatDelta[] {
  return [{ delta, logprobs: [] }];
}

/** Texts that are told as one, with a blank line between its paragraphs. */
class JoinedText {
  /** Where the last part begins in the whole, in code points. */
  partStart = 0;
  private length = 0;
  private last: { paragraph: unknown; part: unknown } | null = null;

  /** @returns the text, behind what parts it from the paragraph before it */
  add(paragraph: unknown, part: unknown, text: string): string {
    if (text === '') return '';
    const { last } = this;
    const isNext = last !== null && last.paragraph !== paragraph;
    const between = isNext ? '\n\n' : '';
    if (isNext || last?.part !== part) {
      this.partStart = this.length + between.length;
      this.last = { paragraph, part };
    }
    this.length += between.length + codePointsIn(text);
    return between + text;
  }
}

function codePointsIn(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0);
}
