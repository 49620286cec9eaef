import type {
  AnswerFormat,
  CustomFormat,
  HostedTool,
  ModelRequest,
  Tool,
  WantedAnswer,
} from '../../../models/model-request.js';
import { isJsonObject } from '../../../platform/json/fields.js';
import { InvalidFieldError } from '../../../platform/errors/http.errors.js';
import type {
  AnswerDecoder,
  Dialect,
  EncodedRequest,
  EventFilter,
  Exchangeable,
  Recipient,
  Relay,
  RelayRequest,
} from '../dialect.js';
import { ChatDecoder } from './chat-decoder.js';
import type { ChatMessage } from './chat-message.js';
import { chatMessages } from './chat-messages.js';
import { textIn } from './choice-decoder.js';
import { encodeSampling } from './encode-sampling.js';
import { ChatEventFilter } from './event-filter.js';
import { encodeRelay, RelayDecoder } from './relay.js';

export const chatPath = '/chat/completions';

/** The chat completions API, of OpenAI and of the many servers that are made after it. */
export class ChatCompletionsDialect implements Dialect {
  readonly name = 'chat-completions';

  ask(request: ModelRequest, stream: boolean, { refused }: Recipient): Exchangeable<AnswerDecoder> {
    return { request: encode(request, stream, refused), decoder: new ChatDecoder() };
  }

  relay(request: RelayRequest): Relay {
    return ({ refused }) => ({
      request: encodeRelay(request, refused),
      decoder: new RelayDecoder(request),
    });
  }

  filter(secret: string): EventFilter {
    return new ChatEventFilter(secret);
  }

  /** What is to be compacted is compacted here before it is asked. */
  check({
    tools = [],
    tool_choice: choice,
    context_management: management = [],
  }: WantedAnswer): void {
    for (const [index, rule] of management.entries()) {
      const type = isJsonObject(rule) ? textIn(rule['type']).slice(0, 64) : '';
      if (type === 'compaction') continue;
      const field = `context_management[${index}].type`;
      throw unsupported(field, `context_management of the type '${type}' is not supported`);
    }
    for (const [index, tool] of tools.entries()) {
      if (tool.type !== 'hosted') continue;
      const type = String(tool.tool['type']).slice(0, 64);
      throw unsupported(`tools[${index}].type`, `Tools of the type '${type}' are not supported`);
    }
    if (typeof choice !== 'object' || choice.type !== 'hosted') return;
    const type = String(choice.choice['type']).slice(0, 64);
    throw unsupported('tool_choice.type', `A tool_choice of the type '${type}' is not supported`);
  }
}

/** Of what the service itself would have to do. */
function unsupported(field: string, what: string): InvalidFieldError {
  const detail = `${what} by the model service as it is spoken to: it would have to run it, which only the Responses API does (UPSTREAM_DIALECT=responses)`;
  return new InvalidFieldError(field, 'unsupported_parameter', detail);
}

function encode(
  request: ModelRequest,
  stream: boolean,
  refused: ReadonlySet<string>,
): EncodedRequest {
  const { model, instructions, instructionsOnce, items, sampling, wanted = {} } = request;
  const parameters = encodeSampling(sampling, wanted, stream, refused);
  const told = chatMessages(items, refused);
  const { tool_choice: choice, ...fields } = request.wanted ? wantedFields(request.wanted) : {};
  // It says what goes without saying, and so may be left out.
  const isPlain = choice === 'auto';
  const isChosen = choice !== undefined && !(isPlain && refused.has('tool_choice'));
  const standing =
    instructionsOnce === undefined ? instructions : [instructionsOnce, ...instructions];
  const system = standing.map((content): ChatMessage => ({ role: 'system', content }));
  return {
    path: chatPath,
    body: {
      model,
      messages: [...system, ...told.messages],
      ...fields,
      ...(isChosen ? { tool_choice: choice } : {}),
      ...parameters.fields,
      ...(stream ? { stream } : {}),
    },
    added: [...parameters.added, ...told.added, ...(isChosen && isPlain ? ['tool_choice'] : [])],
    expendable: parameters.expendable,
    asked: parameters.asked,
  };
}

function wantedFields(wanted: WantedAnswer): Record<string, unknown> {
  const { parallel_tool_calls: parallel } = wanted;
  const { format, verbosity, top_logprobs: logprobs } = wanted;
  const { tools, choice } = allowedOf(wanted);
  return {
    ...(tools.length > 0 ? { tools: tools.map(toChatTool) } : {}),
    ...(tools.length > 0 && choice !== undefined ? { tool_choice: toChatChoice(choice) } : {}),
    ...(tools.length > 0 && parallel !== undefined ? { parallel_tool_calls: parallel } : {}),
    ...responseFormat(format),
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
  };
}

/**
 * With `allowed_tools` the model is told of no other tools, so that it can call none of them: many
 * servers take that choice for `auto`.
 */
function allowedOf({ tools = [], tool_choice: choice }: WantedAnswer) {
  const own = tools.filter((tool) => tool.type !== 'hosted');
  if (typeof choice !== 'object') return { tools: own, choice };
  if (choice.type === 'hosted') return { tools: own, choice: undefined };
  if (choice.type !== 'allowed_tools') return { tools: own, choice };
  const allowed = new Set(choice.tools.map(({ name }) => name));
  return { tools: own.filter(({ name }) => allowed.has(name)), choice: choice.mode };
}

function toChatTool(tool: Exclude<Tool, HostedTool>) {
  if (tool.type === 'custom') {
    const { type, format, ...custom } = tool;
    return { type, custom: format ? { ...custom, format: toChatFormat(format) } : custom };
  }
  const { type, name, description, parameters, strict } = tool;
  return {
    type,
    function: {
      name,
      ...(description ? { description } : {}),
      parameters: parameters ?? {},
      // Servers that do not know it refuse it.
      ...(strict === null ? {} : { strict }),
    },
  };
}

/** A grammar stands in a member of its own there. */
function toChatFormat({ type, ...grammar }: CustomFormat) {
  return type === 'grammar' ? { type, grammar } : { type };
}

function toChatChoice(choice: string | { type: 'function' | 'custom'; name: string }) {
  if (typeof choice === 'string') return choice;
  const { type, name } = choice;
  return type === 'function' ? { type, function: { name } } : { type, custom: { name } };
}

function responseFormat(format: AnswerFormat | undefined): Record<string, unknown> {
  switch (format?.type) {
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    case 'json_schema': {
      const { name, schema, description, strict } = format;
      return {
        response_format: {
          type: 'json_schema',
          json_schema: {
            name,
            schema,
            ...(description ? { description } : {}),
            ...(strict === null || strict === undefined ? {} : { strict }),
          },
        },
      };
    }
    case 'text':
    case undefined:
      return {};
  }
}
