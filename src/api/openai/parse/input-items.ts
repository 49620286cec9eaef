import { InvalidFieldError } from '../../../platform/errors/http.errors.js';
import { Fields } from '../../../platform/json/fields.js';
import {
  longestName,
  type Content,
  type ItemBody,
  type MessageRole,
  type Part,
} from '../../../models/item-body.js';
import type { InputItem } from '../../../conversations/input-item.js';

const roles: readonly MessageRole[] = ['user', 'assistant', 'system', 'developer'];

/** The items of a body's field. @throws InvalidFieldError naming what is wrong by its path */
export function parseInputItems(values: readonly unknown[], path: string): InputItem[] {
  return values.map((value, index) => parseItem(Fields.of(value, `${path}[${index}]`)));
}

function parseItem(item: Fields): InputItem {
  const type = item.text('type');
  switch (type) {
    case 'message':
      return { body: parseMessage(item) };
    case 'function_call':
      return {
        body: {
          kind: 'function_call',
          callId: item.requiredText('call_id', longestName),
          name: item.requiredText('name', longestName),
          arguments: item.requiredText('arguments'),
        },
      };
    case 'function_call_output':
      return {
        body: {
          kind: 'function_call_output',
          callId: item.requiredText('call_id', longestName),
          output: parseContent(item, 'output', outputPart),
        },
      };
    case 'reasoning':
      return { body: parseReasoning(item) };
    case 'item_reference':
      return { reference: item.requiredText('id', longestName), path: item.at('id') };
    case null:
      // A message may go without its type, and so may a reference.
      if (item.has('role')) return { body: parseMessage(item) };
      if (item.has('id'))
        return { reference: item.requiredText('id', longestName), path: item.at('id') };
      throw item.fault('type', 'missing_required_parameter', `${item.at('type')} is missing`);
    default:
      throw item.fault(
        'type',
        'unsupported_parameter',
        `Items of the type '${type.slice(0, 64)}' are not supported`,
      );
  }
}

function parseMessage(item: Fields): ItemBody {
  const role = item.choice('role', roles);
  if (role === null) {
    throw item.fault('role', 'missing_required_parameter', `${item.at('role')} is missing`);
  }
  const part = role === 'user' ? userPart : spokenPart;
  return { kind: 'message', role, content: parseContent(item, 'content', part) };
}

/** One text stays a text; several parts stay parts. */
function parseContent(item: Fields, name: string, parsePart: (part: Fields) => Part): Content {
  const value = item.get(name);
  if (typeof value === 'string') return value;
  if (value === null) {
    throw item.fault(name, 'missing_required_parameter', `${item.at(name)} is missing`);
  }
  if (!Array.isArray(value)) throw item.wrongType(name, 'a string or an array');
  const values: unknown[] = value;
  const parts = values.map((part, index) =>
    parsePart(Fields.of(part, `${item.at(name)}[${index}]`)),
  );
  const [first, ...rest] = parts;
  return rest.length === 0 && first?.type === 'text' ? first.text : parts;
}

function userPart(part: Fields): Part {
  return part.get('type') === 'input_image' ? imagePart(part) : textPart(part);
}

function spokenPart(part: Fields): Part {
  if (part.get('type') !== 'refusal') return textPart(part);
  return { type: 'refusal', text: part.requiredText('refusal') };
}

/** Chat completions take the output of a function as text alone. */
function outputPart(part: Fields): Part {
  return textPart(part);
}

function textPart(part: Fields): Part {
  const type = part.text('type');
  if (type === 'input_text' || type === 'output_text' || type === 'text') {
    return { type: 'text', text: part.requiredText('text') };
  }
  const shown = type === null ? 'none' : type.slice(0, 64);
  throw part.fault(
    'type',
    'unsupported_parameter',
    `Content of the type '${shown}' is not taken here`,
  );
}

function imagePart(part: Fields): Part {
  part.refuse('file_id', 'Files are not kept here: give the image as image_url');
  const url = part.requiredText('image_url');
  // `original` of newer models is as much as chat completions can be asked for.
  const detail = part.choice('detail', ['low', 'high', 'auto', 'original']) ?? 'auto';
  return { type: 'image', url, detail: detail === 'original' ? 'high' : detail };
}

function parseReasoning(item: Fields): ItemBody {
  return {
    kind: 'reasoning',
    summary: textsOf(item, 'summary'),
    text: textsOf(item, 'content'),
    encrypted: item.text('encrypted_content'),
  };
}

function textsOf(item: Fields, name: string): string[] {
  return (item.list(name) ?? []).map((part, index) =>
    Fields.of(part, `${item.at(name)}[${index}]`).requiredText('text'),
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
