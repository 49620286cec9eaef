import type { FunctionTool } from 'openai/resources/responses/responses';
import { Fields } from '../../../platform/json/fields.js';
import type { ToolChoice } from '../../../responses/create-response-params.js';
import { parseJsonSchema } from './json-schema.js';

const mostTools = 128;

/** Functions of the caller; what OpenAI would run itself is refused. @throws InvalidFieldError */
export function parseTools(body: Fields): FunctionTool[] {
  return (body.list('tools', mostTools) ?? []).map((value, index) =>
    parseTool(Fields.of(value, `tools[${index}]`)),
  );
}

function parseTool(tool: Fields): FunctionTool {
  const type = tool.requiredText('type');
  if (type !== 'function') {
    const detail = `Tools of the type '${type.slice(0, 64)}' are not to be had here: only functions are`;
    throw tool.fault('type', 'unsupported_parameter', detail);
  }
  tool.allow(
    new Set([
      'type',
      'name',
      'description',
      'parameters',
      'strict',
      'defer_loading',
      'allowed_callers',
      'output_schema',
    ]),
  );
  for (const name of ['defer_loading', 'allowed_callers', 'output_schema']) {
    if (tool.get(name) !== false) tool.refuse(name, `${tool.at(name)} cannot be translated`);
  }
  const description = tool.text('description');
  return {
    type,
    name: tool.requiredText('name'),
    ...(description === null ? {} : { description }),
    parameters: parseJsonSchema(tool, 'parameters') ?? {},
    strict: tool.flag('strict'),
  };
}

/** How the model may use them: `auto` unless said. @throws InvalidFieldError */
export function parseToolChoice(body: Fields): ToolChoice {
  const value = body.get('tool_choice');
  if (value === null || typeof value === 'string') {
    return body.choice('tool_choice', ['none', 'auto', 'required']) ?? 'auto';
  }
  const choice = Fields.of(value, 'tool_choice');
  const type = choice.requiredText('type');
  switch (type) {
    case 'function':
      return { type, name: choice.requiredText('name') };
    case 'allowed_tools':
      return {
        type,
        mode: choice.choice('mode', ['auto', 'required']) ?? 'auto',
        tools: (choice.list('tools', mostTools) ?? []).map((tool, index) => ({
          type: 'function',
          name: Fields.of(tool, `tool_choice.tools[${index}]`).requiredText('name'),
        })),
      };
    default: {
      const detail = `A choice of the type '${type.slice(0, 64)}' is not to be had here`;
      throw choice.fault('type', 'unsupported_parameter', detail);
    }
  }
}
