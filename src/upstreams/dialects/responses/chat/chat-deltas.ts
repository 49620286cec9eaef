import { isJsonObject, listOf, type JsonObject } from '../../../../platform/json/fields.js';
import { textIn } from '../../chat-completions/choice-decoder.js';

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
  hasText: boolean;
}

/**
 * Puts the output of a response, as it comes or whole, into the words of chat completions. What is
 * told in events of its own and in the item that it is part of is told once.
 */
export class ChatDeltas {
  private readonly text = new JoinedText();
  private readonly thought = new JoinedText();
  private readonly calls = new Map<unknown, Call>();
  /** Places of the items of which something was told. */
  private readonly told = new Set<unknown>();

  /** @param usesFunctions whether a call is told as it was before there were tools */
  constructor(private readonly usesFunctions: boolean) {}

  get hasCalls(): boolean {
    return this.calls.size > 0;
  }

  ofEvent(event: JsonObject): ChatDelta[] {
    const { output_index: place, item, delta } = event;
    switch (event['type']) {
      case 'response.output_item.added':
        return isJsonObject(item) ? this.beginCall(item, place, '') : [];
      case 'response.output_item.done':
        return isJsonObject(item) ? this.ofItem(item, place) : [];
      case 'response.output_text.delta':
        return this.say(place, event['content_index'], textIn(delta), event['logprobs']);
      case 'response.output_text.annotation.added':
        return this.cite([event['annotation']]);
      case 'response.refusal.delta':
        return this.tell(place, 'refusal', textIn(delta));
      case 'response.reasoning_summary_text.delta':
        return this.think(place, event['summary_index'], textIn(delta));
      case 'response.reasoning_text.delta':
        return this.think(place, event['content_index'], textIn(delta));
      case 'response.function_call_arguments.delta':
      case 'response.custom_tool_call_input.delta':
        return this.callWith(place, textIn(delta));
      default:
        return [];
    }
  }

  /** The output of a whole response, or of one that has ended. */
  ofOutput(output: unknown): ChatDelta[] {
    return listOf(output).flatMap((item, place) =>
      isJsonObject(item) ? this.ofItem(item, place) : [],
    );
  }

  /** What an item says that was not told. */
  private ofItem(item: JsonObject, place: unknown): ChatDelta[] {
    switch (item['type']) {
      case 'function_call':
      case 'custom_tool_call': {
        const text = textIn(item['arguments'] ?? item['input']);
        if (!this.calls.has(place)) return this.beginCall(item, place, text);
        return this.calls.get(place)?.hasText ? [] : this.callWith(place, text);
      }
      case 'message':
        return this.told.has(place) ? [] : this.ofMessage(item, place);
      case 'reasoning':
        return this.told.has(place) ? [] : this.ofReasoning(item, place);
      default:
        return [];
    }
  }

  private ofMessage({ content }: JsonObject, place: unknown): ChatDelta[] {
    return listOf(content)
      .filter(isJsonObject)
      .flatMap((part, at) => {
        if (part['type'] === 'refusal') return this.tell(place, 'refusal', textIn(part['refusal']));
        return [
          ...this.say(place, at, textIn(part['text']), part['logprobs']),
          ...this.cite(listOf(part['annotations'])),
        ];
      });
  }

  private ofReasoning({ summary, content }: JsonObject, place: unknown): ChatDelta[] {
    return [...listOf(summary), ...listOf(content)]
      .filter(isJsonObject)
      .flatMap((part, at) => this.think(place, at, textIn(part['text'])));
  }

  private say(place: unknown, part: unknown, text: string, logprobs: unknown): ChatDelta[] {
    const content = this.text.add(place, part, text);
    return this.tell(place, 'content', content, listOf(logprobs).filter(isJsonObject));
  }

  private think(place: unknown, part: unknown, text: string): ChatDelta[] {
    const paragraph = `${String(place)} ${String(part)}`;
    return this.tell(place, 'reasoning_content', this.thought.add(paragraph, part, text));
  }

  private tell(
    place: unknown,
    name: string,
    text: string,
    logprobs: readonly JsonObject[] = [],
  ): ChatDelta[] {
    if (text === '') return [];
    this.told.add(place);
    return [{ delta: { [name]: text }, logprobs }];
  }

  /** Sources on the web: chat completions know no other. */
  private cite(annotations: readonly unknown[]): ChatDelta[] {
    const cited = annotations
      .filter(isJsonObject)
      .filter(({ type }) => type === 'url_citation')
      .map(({ type, ...citation }) => ({ type, url_citation: this.placed(citation) }));
    return cited.length === 0 ? [] : toDeltas({ annotations: cited });
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

  private beginCall(item: JsonObject, place: unknown, text: string): ChatDelta[] {
    const { type, call_id: id, name } = item;
    if (type !== 'function_call' && type !== 'custom_tool_call') return [];
    const kind = type === 'function_call' ? 'function' : 'custom';
    const call = { index: this.calls.size, kind, hasText: text !== '' } as const;
    this.calls.set(place, call);
    return this.callDelta(call, { name }, text, { id, type: kind });
  }

  private callWith(place: unknown, text: string): ChatDelta[] {
    const call = this.calls.get(place);
    if (!call || text === '') return [];
    call.hasText = true;
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
