import type { CustomTool, FunctionTool, Tool } from 'openai/resources/responses/responses';
import { Fields } from '../../../platform/json/fields.js';
import type { ToolChoice } from '../../../responses/create-response-params.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { parseJsonSchema } from './json-schema.js';

const mostTools = 128;

const knownOfCustom = new Set([
  'type',
  'name',
  'description',
  'format',
  'defer_loading',
  'allowed_callers',
]);
const known = new Set([
  'type',
  'name',
  'description',
  'parameters',
  'strict',
  'defer_loading',
  'allowed_callers',
  'output_schema',
]);

/**
 * Tools of the caller, and as they are those that the model service runs itself.
 *
 * @throws InvalidFieldError
 */
export function parseTools(body: Fields, isStrict: boolean): Tool[] {
  const given = (body.list('tools', mostTools) ?? []).map((value, index) =>
    Fields.of(value, `tools[${index}]`),
  );
  const isHosted = given.some((tool) => !isOwn(tool.requiredText('type')));
  return given.map((tool) => parseTool(tool, isStrict, isHosted));
}

/** @param isHosted whether there is a hosted tool, which may find or call others */
function parseTool(tool: Fields, isStrict: boolean, isHosted: boolean): Tool {
  const type = tool.requiredText('type');
  if (type !== 'function' && type !== 'custom') return unsafeCast<Tool>(tool.object);
  if (isStrict) tool.allow(type === 'custom' ? knownOfCustom : known);
  if (!isHosted) refuseHostedUse(tool);
  return type === 'function' ? parseFunction(tool) : parseCustom(tool);
}

function parseFunction(tool: Fields): FunctionTool {
  const description = tool.text('description');
  return {
    type: 'function',
    name: tool.requiredText('name'),
    ...(description === null ? {} : { description }),
    parameters: parseJsonSchema(tool, 'parameters') ?? {},
    strict: tool.flag('strict'),
    ...hostedUseOf(tool),
  };
}

function parseCustom(tool: Fields): CustomTool {
  const description = tool.text('description');
  const format = parseJsonSchema(tool, 'format');
  return {
    type: 'custom',
    name: tool.requiredText('name'),
    ...(description === null ? {} : { description }),
    ...(format === null ? {} : { format: unsafeCast<NonNullable<CustomTool['format']>>(format) }),
    ...hostedUseOf(tool),
  };
}

/** What hosted tools are told of one that they may find or call, as it was said. */
function hostedUseOf(tool: Fields): Record<string, unknown> {
  const names = ['defer_loading', 'allowed_callers', 'output_schema'];
  const said = names.filter((name) => tool.has(name));
  return Object.fromEntries(said.map((name) => [name, tool.get(name)]));
}

/** Only tools that OpenAI runs can find or call a function. @throws InvalidFieldError */
function refuseHostedUse(tool: Fields): void {
  if (tool.flag('defer_loading')) {
    tool.refuse('defer_loading', `${tool.at('defer_loading')} needs tool_search, a hosted tool`);
  }
  const callers = tool.list('allowed_callers') ?? ['direct'];
  if (callers.includes('direct')) return;
  const name = tool.at('allowed_callers');
  tool.refuse('allowed_callers', `${name} must contain direct: nothing else calls functions here`);
}

/** Whether the caller runs tools of a type. */
function isOwn(type: string): boolean {
  return type === 'function' || type === 'custom' || type === '';
}

/** How the model may use the tools: `auto` unless said. @throws InvalidFieldError */
export function parseToolChoice(body: Fields, tools: readonly Tool[]): ToolChoice {
  const value = body.get('tool_choice');
  if (value === null || typeof value === 'string') {
    return body.choice('tool_choice', ['none', 'auto', 'required']) ?? 'auto';
  }
  const choice = Fields.of(value, 'tool_choice');
  const type = choice.requiredText('type');
  switch (type) {
    case 'function':
    case 'custom':
      return { type, name: choice.requiredText('name') };
    case 'allowed_tools':
      return {
        type,
        mode: choice.choice('mode', ['auto', 'required']) ?? 'auto',
        tools: parseAllowed(choice, tools),
      };
    default:
      return unsafeCast<ToolChoice>(choice.object);
  }
}

/** @throws InvalidFieldError for none, and for one that is not there */
function parseAllowed(choice: Fields, tools: readonly Tool[]): Record<string, unknown>[] {
  const types = new Map(tools.map((tool) => ['name' in tool ? tool.name : null, tool.type]));
  const hosted = new Set<string>(tools.map(({ type }) => type));
  const allowed = choice.list('tools', mostTools) ?? [];
  if (allowed.length === 0) {
    const detail = "Missing required parameter: 'tool_choice.tools'.";
    throw choice.fault('tools', 'missing_required_parameter', detail);
  }
  return allowed.map((value, index) => {
    const tool = Fields.of(value, `tool_choice.tools[${index}]`);
    const given = tool.text('type') ?? '';
    if (!isOwn(given) && hosted.has(given)) return { ...tool.object };
    const name = tool.requiredText('name');
    const type = types.get(name);
    if (type !== undefined) return { type, name };
    const detail = `There is no tool '${name.slice(0, 64)}' in tools`;
    throw tool.fault('name', 'invalid_value', detail);
  });
}
