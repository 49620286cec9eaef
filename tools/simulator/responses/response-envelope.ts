import { countTokens } from '../answers.js';
import type { Behaviour } from '../behaviour.js';
import { isRecord } from '../request-body.js';
import { spokenTextOf } from './items.js';
import type { Item } from './items.js';
import type { InputTransformation } from './replay.js';

export type ResponseStatus = 'in_progress' | 'completed' | 'incomplete' | 'failed';

/** Fields that a response repeats from its request, with what they are when it leaves them out. */
const echoed: Readonly<Record<string, unknown>> = {
  background: false,
  instructions: null,
  max_output_tokens: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  safety_identifier: null,
  store: true,
  temperature: 1,
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
};

/** What stays the same while a response is made. */
export interface EnvelopeParts {
  readonly id: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
  readonly body: Record<string, unknown>;
  readonly input: readonly Item[];
  readonly behaviour: Behaviour;
  readonly transformations: readonly InputTransformation[];
}

/** The response object as it is at one moment. */
export class ResponseEnvelope {
  /** Whether deltas are padded, which a caller may ask not to have. */
  readonly hasObfuscation: boolean;
  private readonly fields: Record<string, unknown>;

  constructor(private readonly parts: EnvelopeParts) {
    const { id, createdAt, body } = parts;
    this.hasObfuscation = recordOf(body.stream_options).include_obfuscation !== false;
    const own = Object.entries(echoed).map(([name, value]): [string, unknown] => [
      name,
      body[name] ?? value,
    ]);
    this.fields = {
      id,
      object: 'response',
      created_at: createdAt,
      model: body.model,
      ...Object.fromEntries(own),
      reasoning: { effort: null, summary: null, ...recordOf(body.reasoning) },
      service_tier: 'default',
      text: { format: { type: 'text' }, verbosity: 'medium', ...recordOf(body.text) },
    };
  }

  at(status: ResponseStatus, output: readonly Item[]): Record<string, unknown> {
    const { behaviour, createdAt, transformations } = this.parts;
    const { message = 'The server had an error.', code = 'server_error' } = behaviour.error ?? {};
    const hasUsage =
      behaviour.omitUsage !== true && (status === 'completed' || status === 'incomplete');
    return {
      ...this.fields,
      status,
      completed_at: status === 'completed' ? createdAt : null,
      error: status === 'failed' ? { code, message } : null,
      incomplete_details:
        status === 'incomplete' ? { reason: incompleteReasonOf(behaviour) } : null,
      output,
      usage: hasUsage ? usageOf(this.parts.input, output) : null,
      ...(transformations.length > 0 && { input_transformations: transformations }),
      ...behaviour.responseFields,
    };
  }
}

/** Why a response is not complete, or null: `finishReason` in this API's words. */
export function incompleteReasonOf({ finishReason }: Behaviour): string | null {
  switch (finishReason) {
    case undefined:
    case null:
    case 'stop':
    case 'tool_calls':
      return null;
    case 'length':
      return 'max_output_tokens';
    default:
      return finishReason;
  }
}

/** Tokens by the length of what was said; nothing is ever cached. */
export function usageOf(input: readonly Item[], output: readonly Item[]): Record<string, unknown> {
  const inputTokens = countTokens(lengthOf(input));
  const outputTokens = countTokens(lengthOf(output));
  const reasoning = output.filter(({ type }) => type === 'reasoning');
  const reasoningTokens = reasoning.length === 0 ? 0 : countTokens(lengthOf(reasoning));
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

function lengthOf(items: readonly Item[]): number {
  return items.reduce((length, item) => length + spokenTextOf(item).length, 0);
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
