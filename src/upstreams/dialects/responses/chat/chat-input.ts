import { Fields, type JsonObject } from '../../../../platform/json/fields.js';
import { given, missing, requiredFields } from './given.js';

const roles = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/**
 * What an answer has that is sent back with it and that chat completions do not tell a model: sources,
 * thoughts without the seal by which a service knows its own, and what clients put there.
 */
const untold = ['annotations', 'reasoning', 'reasoning_content', 'reasoning_details', 'parsed'];

/**
 * The messages of a chat completion as input items of the Responses API, in order: of an answer, what
 * it said and then what it called.
 *
 * @throws InvalidFieldError for what is no message, and for what the Responses API has no words for
 */
export function chatInput(messages: readonly unknown[]): JsonObject[] {
  const input = new ChatInput();
  for (const [index, message] of messages.entries()) {
    input.add(Fields.of(message, `messages[${index}]`), index);
  }
  return input.items;
}

class ChatInput {
  readonly items: JsonObject[] = [];
  /** Ids of the calls of custom tools so far. */
  private readonly customCalls = new Set<string>();
  /** Ids of calls that no message has answered yet, by the name of the function, in order. */
  private readonly openCalls = new Map<string, string[]>();

  add(message: Fields, index: number): void {
    const role = message.choice('role', roles) ?? missing(message, 'role');
    switch (role) {
      case 'assistant':
        this.addAnswer(message, index);
        return;
      case 'tool':
        this.addToolOutput(message);
        return;
      case 'function':
        this.addFunctionOutput(message);
        return;
      default:
        refuseOthers(message, ['role', 'content']);
        this.items.push({ type: 'message', role, content: contentOf(message) });
    }
  }

  private addAnswer(message: Fields, index: number): void {
    const known = ['role', 'content', 'refusal', 'tool_calls', 'function_call'];
    refuseOthers(message, [...known, ...untold]);
    const calls = message.list('tool_calls') ?? [];
    const call = message.fields('function_call');
    const content = answerContent(message);
    if (content !== '' || (calls.length === 0 && !call)) {
      this.items.push(toAnswer(content, message));
    }
    for (const [at, value] of calls.entries()) {
      this.items.push(this.toCall(Fields.of(value, message.at(`tool_calls[${at}]`))));
    }
    if (call) this.items.push(this.toFunctionCall(call, index));
  }

  private toCall(call: Fields): JsonObject {
    const type = call.choice('type', ['function', 'custom']) ?? 'function';
    const id = call.requiredText('id');
    const called = requiredFields(call, type);
    const name = called.requiredText('name');
    // Of the chunks that a call was put together from there is an index left.
    const others = {
      ...given(call.object, 'id', 'index', type),
      ...given(called.object, 'parsed_arguments'),
    };
    if (type === 'function') {
      const text = called.requiredText('arguments');
      return { ...others, type: 'function_call', call_id: id, name, arguments: text };
    }
    this.customCalls.add(id);
    const input = called.requiredText('input');
    return { ...others, type: 'custom_tool_call', call_id: id, name, input };
  }

  /** It has no id: the same conversation gets the same one each time, by the message's place. */
  private toFunctionCall(call: Fields, index: number): JsonObject {
    const name = call.requiredText('name');
    const id = `call_of_message_${index}`;
    this.openCalls.set(name, [...(this.openCalls.get(name) ?? []), id]);
    const text = call.requiredText('arguments');
    return { type: 'function_call', call_id: id, name, arguments: text };
  }

  /** Some name the tool once more, which the call has named. */
  private addToolOutput(message: Fields): void {
    refuseOthers(message, ['role', 'content', 'tool_call_id', 'name']);
    const id = message.requiredText('tool_call_id');
    const type = this.customCalls.has(id) ? 'custom_tool_call_output' : 'function_call_output';
    this.items.push({ type, call_id: id, output: contentOf(message) });
  }

  private addFunctionOutput(message: Fields): void {
    refuseOthers(message, ['role', 'content', 'name']);
    const id = this.openCalls.get(message.requiredText('name'))?.shift();
    if (id === undefined) {
      const detail = `${message.at('name')} is of no function that an earlier message calls`;
      throw message.fault('name', 'invalid_value', detail);
    }
    const output = message.text('content') ?? '';
    this.items.push({ type: 'function_call_output', call_id: id, output });
  }
}

/** What a message has that no item can say must not be lost unnoticed. @throws InvalidFieldError */
function refuseOthers(message: Fields, known: readonly string[]): void {
  const [name] = Object.keys(given(message.object, ...known));
  if (name === undefined) return;
  const field = name.slice(0, 64);
  message.refuse(name, `${message.at(field)} has no place in the Responses API: leave it out`);
}

/** A text, or the parts of one who tells the model something. */
function contentOf(message: Fields): string | JsonObject[] {
  const content = message.get('content');
  if (typeof content === 'string') return content;
  return partsIn(message).map(toInputPart);
}

function partsIn(message: Fields): Fields[] {
  if (!Array.isArray(message.get('content'))) {
    if (message.has('content')) throw message.wrongType('content', 'a string or an array');
    return missing(message, 'content');
  }
  const parts = message.list('content') ?? [];
  return parts.map((part, at) => Fields.of(part, message.at(`content[${at}]`)));
}

/** Members that nobody here knows stay with the part. */
function toInputPart(part: Fields): JsonObject {
  const type = part.requiredText('type');
  switch (type) {
    case 'text':
      return { ...given(part.object), type: 'input_text', text: part.requiredText('text') };
    case 'image_url': {
      const image = requiredFields(part, type);
      return {
        ...given(part.object, type),
        ...given(image.object, 'url'),
        type: 'input_image',
        image_url: image.requiredText('url'),
        detail: image.text('detail') ?? 'auto',
      };
    }
    case 'file':
      return {
        ...given(part.object, type),
        ...given(requiredFields(part, type).object),
        type: 'input_file',
      };
    case 'input_audio': {
      const detail = `${part.at(type)} is not supported: the Responses API hears nothing`;
      throw part.fault(type, 'unsupported_parameter', detail);
    }
    default:
      throw unsupportedPart(part, type);
  }
}

function unsupportedPart(part: Fields, type: string): Error {
  const detail = `Parts of the type '${type.slice(0, 64)}' are not supported here`;
  return part.fault('type', 'unsupported_parameter', detail);
}

/** What an answer said: a text, or parts; empty where there is nothing but calls. */
function answerContent(message: Fields): string | JsonObject[] {
  const content = message.get('content') ?? '';
  const refusal = message.text('refusal') ?? '';
  if (refusal === '' && typeof content === 'string') return content;
  const parts = typeof content === 'string' ? toSaid(content) : partsIn(message).map(toAnswerPart);
  return refusal === '' ? parts : [...parts, { type: 'refusal', refusal }];
}

function toSaid(text: string): JsonObject[] {
  return text === '' ? [] : [{ type: 'output_text', text, annotations: [] }];
}

function toAnswerPart(part: Fields): JsonObject {
  const type = part.requiredText('type');
  switch (type) {
    case 'text': {
      const text = part.requiredText('text');
      return { ...given(part.object), type: 'output_text', text, annotations: [] };
    }
    case 'refusal':
      return { ...given(part.object), type, refusal: part.requiredText('refusal') };
    default:
      throw unsupportedPart(part, type);
  }
}

/** Parts go without an id: the service keeps nothing that it could be of. */
function toAnswer(content: string | JsonObject[], message: Fields): JsonObject {
  if (content === '' && !message.has('content')) return missing(message, 'content');
  const answer = { type: 'message', role: 'assistant', content };
  return typeof content === 'string' ? answer : { ...answer, status: 'completed' };
}
