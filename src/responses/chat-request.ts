import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { FunctionTool } from 'openai/resources/responses/responses';
import type { ModelParameters, ModelRequest } from '../models/model-request.js';
import type { ForwardRequest } from '../upstreams/dialects/chat-completions/forward.js';
import type { AnswerParameters, ToolChoice } from './create-response-params.js';

/** What only chat completions can be asked for. */
type ChatFields = Pick<
  ChatCompletionCreateParams,
  'tools' | 'tool_choice' | 'parallel_tool_calls' | 'response_format' | 'logprobs' | 'top_logprobs'
>;

/**
 * A model's request with what a caller of the Responses API wants of the answer. Its wishes are sent
 * as they are and refused aloud; what the provider adds by itself, and the name under which a model
 * takes the longest answer, adapts to the model.
 */
export function toForwardRequest(
  request: ModelRequest,
  params: AnswerParameters,
  stream: boolean,
): ForwardRequest {
  const { model } = request;
  const wishes = withoutNulls({
    temperature: params.temperature,
    top_p: params.topP,
    ...(request.api === 'chat' ? chatFields(params) : {}),
    ...params.passedOn,
    stream: stream || null,
  });
  const asked =
    request.api === 'chat' ? { messages: request.messages } : { prompt: request.prompt };
  const own = Object.entries(request.parameters).filter(([name]) => !Object.hasOwn(wishes, name));
  const parameters: ModelParameters = {
    ...Object.fromEntries(own),
    ...(params.maxOutputTokens === null ? {} : { max_tokens: params.maxOutputTokens }),
    ...(stream ? { stream_options: { include_usage: true } } : {}),
  };
  return {
    path: request.api === 'chat' ? '/chat/completions' : '/completions',
    model,
    body: { model, ...asked, ...wishes },
    parameters,
  };
}

function chatFields(params: AnswerParameters) {
  const fields: ChatFields = {
    ...(params.tools.length === 0
      ? {}
      : {
          tools: params.tools.map(toChatTool),
          tool_choice: toChatChoice(params.toolChoice),
          parallel_tool_calls: params.parallelToolCalls,
        }),
    ...responseFormat(params),
    ...(params.topLogprobs === null ? {} : { logprobs: true, top_logprobs: params.topLogprobs }),
  };
  return {
    ...fields,
    verbosity: params.text.verbosity ?? null,
    reasoning_effort: params.reasoningEffort,
  };
}

function toChatTool({ name, description, parameters, strict }: FunctionTool) {
  return {
    type: 'function' as const,
    function: {
      name,
      ...(description ? { description } : {}),
      parameters: parameters ?? {},
      strict,
    },
  };
}

function toChatChoice(choice: ToolChoice): NonNullable<ChatFields['tool_choice']> {
  if (typeof choice === 'string') return choice;
  if (choice.type === 'function') return { type: 'function', function: { name: choice.name } };
  const { mode, tools } = choice;
  const allowed = tools.map(({ name }) => ({ type: 'function', function: { name } }));
  return { type: 'allowed_tools', allowed_tools: { mode, tools: allowed } };
}

function responseFormat({ text: { format } }: AnswerParameters): ChatFields {
  switch (format?.type) {
    case 'json_object':
      return { response_format: { type: 'json_object' } };
    case 'json_schema': {
      const { name, schema, description, strict } = format;
      const wanted = { name, schema, strict: strict ?? null };
      return {
        response_format: {
          type: 'json_schema',
          json_schema: description === undefined ? wanted : { ...wanted, description },
        },
      };
    }
    case 'text':
    case undefined:
      return {};
  }
}

function withoutNulls(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
