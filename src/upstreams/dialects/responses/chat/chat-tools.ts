import { Fields, isJsonObject, type JsonObject } from '../../../../platform/json/fields.js';
import { given, requiredFields } from './given.js';

/** What a function takes that is declared without parameters: none. */
const noParameters = { type: 'object', properties: {} };

/**
 * Tools, and how the model may use them, in the words of the Responses API: what chat completions
 * put into a member of a tool stands there in the tool itself.
 *
 * @param body of a chat completion
 * @param usesFunctions whether it declares them as it was done before there were tools
 * @throws InvalidFieldError for what is no tool, and for tools that a chat completion does not have
 */
export function chatTools(body: Fields, usesFunctions: boolean): JsonObject {
  if (usesFunctions) return functionFields(body);
  body.refuse('function_call', 'function_call is for functions: use tool_choice with tools');
  const tools = body.list('tools');
  const choice = body.get('tool_choice');
  const parallel = body.get('parallel_tool_calls');
  return {
    ...(tools ? { tools: tools.map((tool, at) => toTool(Fields.of(tool, `tools[${at}]`))) } : {}),
    ...(choice === null ? {} : { tool_choice: toChoice(choice) }),
    ...(parallel === null ? {} : { parallel_tool_calls: parallel }),
  };
}

/** What the API had before it had tools. Its answers have room for one call. */
function functionFields(body: Fields): JsonObject {
  for (const name of ['tools', 'tool_choice', 'parallel_tool_calls']) {
    body.refuse(name, `${name} cannot be used with functions: use tools in their place`);
  }
  const choice = body.get('function_call');
  const functions = body.list('functions') ?? [];
  return {
    tools: functions.map((value, at) => toFunction(Fields.of(value, `functions[${at}]`), {})),
    ...(choice === null ? {} : { tool_choice: functionChoice(choice) }),
    parallel_tool_calls: false,
  };
}

function functionChoice(choice: unknown): unknown {
  if (typeof choice === 'string') return choice;
  return { type: 'function', name: Fields.of(choice, 'function_call').requiredText('name') };
}

function toTool(tool: Fields): JsonObject {
  const type = tool.requiredText('type');
  const others = given(tool.object, type);
  switch (type) {
    case 'function':
      return toFunction(requiredFields(tool, type), others);
    case 'custom':
      return toCustom(requiredFields(tool, type), others);
    default: {
      const detail = `Tools of the type '${type.slice(0, 64)}' are not supported: only functions and custom tools are`;
      throw tool.fault('type', 'unsupported_parameter', detail);
    }
  }
}

/** Without a word about it, the Responses API is strict where it can be; chat completions are not. */
function toFunction(declared: Fields, others: JsonObject): JsonObject {
  return {
    ...others,
    ...given(declared.object),
    type: 'function',
    name: declared.requiredText('name'),
    parameters: declared.fields('parameters')?.object ?? noParameters,
    strict: declared.flag('strict') ?? false,
  };
}

function toCustom(declared: Fields, others: JsonObject): JsonObject {
  const format = declared.fields('format');
  return {
    ...others,
    ...given(declared.object, 'format'),
    type: 'custom',
    name: declared.requiredText('name'),
    ...(format ? { format: toFormat(format) } : {}),
  };
}

/** A grammar stands in a member of its own in chat completions. */
function toFormat(format: Fields): JsonObject {
  return { ...given(format.object, 'grammar'), ...format.fields('grammar')?.object };
}

function toChoice(value: unknown): unknown {
  if (typeof value === 'string') return value;
  const choice = Fields.of(value, 'tool_choice');
  const type = choice.requiredText('type');
  if (type !== 'allowed_tools') return namedTool(choice.object);
  const allowed = requiredFields(choice, type);
  const tools = allowed.list('tools') ?? [];
  return {
    ...given(choice.object, type),
    ...given(allowed.object),
    tools: tools.map((tool, at) =>
      namedTool(Fields.of(tool, `tool_choice.allowed_tools.tools[${at}]`).object),
    ),
  };
}

/** A tool by its type and name. */
function namedTool(tool: JsonObject): JsonObject {
  const { type } = tool;
  const named = typeof type === 'string' ? tool[type] : undefined;
  return isJsonObject(named) ? { ...given(tool, String(type)), ...named } : tool;
}
