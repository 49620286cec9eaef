import type {
  AnswerFormat,
  CustomFormat,
  ModelRequest,
  Tool,
  ToolChoice,
  WantedAnswer,
} from '../../../models/model-request.js';
import type { AnswerDecoder, Dialect, EncodedRequest } from '../dialect.js';
import { ChatDecoder } from './chat-decoder.js';
import type { ChatMessage } from './chat-message.js';
import { chatMessages } from './chat-messages.js';
import { encodeSampling } from './encode-sampling.js';

/** What stands for the thoughts that are sent back with tool calls, where a model refuses them. */
const thoughts = 'reasoning_content';
/** What stands for the role, where a model refuses it. */
const developer = 'developer';

/** The chat completions API, of OpenAI and of the many servers that are made after it. */
export class ChatCompletionsDialect implements Dialect {
  encode(request: ModelRequest, stream: boolean, refused: ReadonlySet<string>): EncodedRequest {
    const { model, instructions, items, sampling, wanted = {} } = request;
    const parameters = encodeSampling(sampling, wanted, stream, refused);
    const told = chatMessages(items, {
      withThoughts: !refused.has(thoughts),
      withDeveloper: !refused.has(developer),
    });
    const system = instructions.map((content): ChatMessage => ({ role: 'system', content }));
    return {
      path: '/chat/completions',
      body: {
        model,
        messages: [...system, ...told.messages],
        ...(request.wanted ? wantedFields(request.wanted) : {}),
        ...parameters.fields,
        ...(stream ? { stream } : {}),
      },
      added: [
        ...parameters.added,
        ...(told.hasThoughts ? [thoughts] : []),
        ...(told.hasDeveloper ? [developer] : []),
      ],
      expendable: parameters.expendable,
    };
  }

  decoder(): AnswerDecoder {
    return new ChatDecoder();
  }
}

function wantedFields(wanted: WantedAnswer): Record<string, unknown> {
  const { tools = [], tool_choice: choice, parallel_tool_calls: parallel } = wanted;
  const { format, verbosity, top_logprobs: logprobs } = wanted;
  return {
    ...(tools.length > 0 ? { tools: tools.map(toChatTool) } : {}),
    ...(tools.length > 0 && choice !== undefined ? { tool_choice: toChatChoice(choice) } : {}),
    ...(tools.length > 0 && parallel !== undefined ? { parallel_tool_calls: parallel } : {}),
    ...responseFormat(format),
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(logprobs === undefined ? {} : { logprobs: true, top_logprobs: logprobs }),
  };
}

function toChatTool(tool: Tool) {
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

function toChatChoice(choice: ToolChoice) {
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
