import { InvalidFieldError } from '../../../platform/errors/http.errors.js';
import { Fields, type JsonObject } from '../../../platform/json/fields.js';
import {
  isCompactionTrigger,
  longestName,
  type Content,
  type ContentPart,
  type Item,
  type MessageRole,
  type TextPart,
} from '../../../models/item.js';
import type { InputItem } from '../../../conversations/input-item.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';

const roles: readonly MessageRole[] = ['user', 'assistant', 'system', 'developer'];

/**
 * The items of a body's field.
 *
 * @param mayTrigger whether the last one may ask for a compaction
 * @throws InvalidFieldError naming what is wrong by its path
 */
export function parseInputItems(
  values: readonly unknown[],
  path: string,
  mayTrigger = false,
): InputItem[] {
  return values.map((value, index) => {
    const fields = Fields.of(value, `${path}[${index}]`);
    const given = parseItem(fields);
    if (!('item' in given) || !isCompactionTrigger(given.item)) return given;
    if (mayTrigger && index === values.length - 1) return given;
    const detail = mayTrigger
      ? "The 'compaction_trigger' item must be the final input item."
      : "A 'compaction_trigger' item is of the input of a response, and of nothing that is kept.";
    throw fields.fault('type', 'invalid_value', detail);
  });
}

function parseItem(given: Fields): InputItem {
  const type = given.text('type', longestName);
  switch (type) {
    case 'message':
      return { item: parseMessage(given) };
    case 'function_call':
      return {
        item: {
          ...membersOf(given),
          type,
          call_id: given.requiredText('call_id', longestName),
          name: given.requiredText('name', longestName),
          arguments: given.requiredText('arguments'),
        },
      };
    case 'custom_tool_call':
      return {
        item: {
          ...membersOf(given),
          type,
          call_id: given.requiredText('call_id', longestName),
          name: given.requiredText('name', longestName),
          input: given.requiredText('input'),
        },
      };
    case 'function_call_output':
    case 'custom_tool_call_output':
      return {
        item: {
          ...membersOf(given),
          type,
          call_id: given.requiredText('call_id', longestName),
          output: parseContent(given, 'output', inputPart),
        },
      };
    case 'reasoning':
      return { item: parseReasoning(given) };
    case 'compaction_trigger':
      return { item: unsafeCast<Item>({ type }) };
    case 'compaction':
      given.requiredText('encrypted_content');
      return { item: otherItem(given) };
    case 'item_reference':
      return { reference: given.requiredText('id', longestName), path: given.at('id') };
    case null:
      // A message may go without its type, and so may a reference.
      if (given.has('role')) return { item: parseMessage(given) };
      if (given.has('id')) {
        return { reference: given.requiredText('id', longestName), path: given.at('id') };
      }
      throw given.fault('type', 'missing_required_parameter', `${given.at('type')} is missing`);
    default:
      return { item: otherItem(given) };
  }
}

/**
 * What is not read here is kept and given back, as far as it can be. A model service that has such
 * items is told it too, by the id that it came with.
 */
function otherItem({ object }: Fields): Item {
  const { id, origin: _, ...members } = object;
  const origin = { id, prefix: null, organization: null };
  return unsafeCast<Item>(typeof id === 'string' ? { ...members, origin } : members);
}

/** All members but those that belong to where an item is kept. */
function membersOf({ object }: Fields): JsonObject {
  const { id, status, origin, ...members } = object;
  return members;
}

function parseMessage(given: Fields): Item {
  const role = given.choice('role', roles);
  if (role === null) {
    throw given.fault('role', 'missing_required_parameter', `${given.at('role')} is missing`);
  }
  const content = parseContent(given, 'content', partOf[role]);
  const { phase } = membersOf(given);
  const item = { type: 'message' as const, role, content };
  return typeof phase === 'string' ? { ...item, phase } : item;
}

/** One text stays a text; several parts stay parts. */
function parseContent(
  given: Fields,
  name: string,
  parsePart: (part: Fields) => ContentPart,
): Content {
  const value = given.get(name);
  if (typeof value === 'string') return value;
  if (value === null) {
    throw given.fault(name, 'missing_required_parameter', `${given.at(name)} is missing`);
  }
  if (!Array.isArray(value)) throw given.wrongType(name, 'a string or an array');
  const values: unknown[] = value;
  const parts = values.map((part, index) =>
    parsePart(Fields.of(part, `${given.at(name)}[${index}]`)),
  );
  const [first, ...rest] = parts;
  return rest.length === 0 && first && isPlainText(first) ? first.text : parts;
}

function isPlainText(part: ContentPart): part is TextPart {
  if (part.type !== 'input_text' && part.type !== 'output_text') return false;
  return !part.annotations?.length && !part.logprobs?.length;
}

const partOf: Record<MessageRole, (part: Fields) => ContentPart> = {
  user: inputPart,
  assistant: outputPart,
  system: (part) => (part.get('type') === 'refusal' ? refusalPart(part) : inputText(part)),
  developer: (part) => (part.get('type') === 'refusal' ? refusalPart(part) : inputText(part)),
};

/** What a user or a tool may say. */
function inputPart(part: Fields): ContentPart {
  switch (part.get('type')) {
    case 'input_image':
      return imagePart(part);
    case 'input_file':
      return filePart(part);
    default:
      return inputText(part);
  }
}

function outputPart(part: Fields): ContentPart {
  if (part.get('type') === 'refusal') return refusalPart(part);
  const text = textOf(part);
  const annotations = part.list('annotations') ?? [];
  const logprobs = part.list('logprobs') ?? [];
  return { type: 'output_text', text, annotations, logprobs };
}

function refusalPart(part: Fields): ContentPart {
  return { type: 'refusal', refusal: part.requiredText('refusal') };
}

function inputText(part: Fields): TextPart {
  return { type: 'input_text', text: textOf(part) };
}

function textOf(part: Fields): string {
  const type = part.text('type');
  if (type === 'input_text' || type === 'output_text' || type === 'text') {
    return part.requiredText('text');
  }
  const shown = type === null ? 'none' : type.slice(0, 64);
  throw part.fault(
    'type',
    'unsupported_parameter',
    `Content of the type '${shown}' is not taken here`,
  );
}

function imagePart(part: Fields): ContentPart {
  part.refuse('file_id', 'Files are not kept here: give the image as image_url');
  const image_url = part.requiredText('image_url');
  const detail = part.choice('detail', ['low', 'high', 'auto', 'original']) ?? 'auto';
  return { type: 'input_image', image_url, detail };
}

function filePart(part: Fields): ContentPart {
  part.refuse('file_id', 'Files are not kept here: give the file itself as file_data');
  part.refuse('file_url', 'Chat completions take no address of a file: give it as file_data');
  const file_data = part.requiredText('file_data');
  const filename = part.text('filename', longestName);
  return { type: 'input_file', file_data, ...(filename === null ? {} : { filename }) };
}

function parseReasoning(given: Fields): Item {
  return {
    ...membersOf(given),
    type: 'reasoning',
    summary: textsOf(given, 'summary').map((text) => ({ type: 'summary_text', text })),
    content: textsOf(given, 'content').map((text) => ({ type: 'reasoning_text', text })),
    encrypted_content: given.text('encrypted_content'),
  };
}

function textsOf(given: Fields, name: string): string[] {
  return (given.list(name) ?? []).map((part, index) =>
    Fields.of(part, `${given.at(name)}[${index}]`).requiredText('text'),
  );
}

/** For bodies whose items must be there. @throws InvalidFieldError */
export function requiredItems(body: Fields, name: string, longest: number): InputItem[] {
  const values = body.list(name, longest);
  if (values !== null) return parseInputItems(values, name);
  throw new InvalidFieldError(
    name,
    'missing_required_parameter',
    `Missing required parameter: '${name}'.`,
  );
}
