import type { ResponseOutputText, ResponseUsage } from 'openai/resources/responses/responses';
import { isJsonObject, listOf } from '../platform/json/fields.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { longestName } from '../models/item-body.js';
import { isCount } from '../upstreams/dialects/chat-completions/answer-chunk.js';

/** Probabilities of the tokens of a text. */
export type Logprobs = NonNullable<ResponseOutputText['logprobs']>;

/** A piece of a function call: the first one names it, the later ones lengthen its arguments. */
interface ToolCallPiece {
  index?: unknown;
  id?: unknown;
  function?: { name?: unknown; arguments?: unknown } | null;
}

/** What a message or a part of one says. */
interface MessagePiece {
  content?: unknown;
  refusal?: unknown;
  tool_calls?: unknown;
}

/**
 * A chat completion, a chunk of one, or a text completion, as far as responses read it. Everything
 * may be missing or of another type: servers leave out a lot, and what they send is kept.
 */
interface CompletionPiece {
  choices?:
    | {
        delta?: MessagePiece | null;
        message?: MessagePiece | null;
        text?: unknown;
        logprobs?: { content?: unknown } | null;
        finish_reason?: unknown;
      }[]
    | null;
  usage?: {
    prompt_tokens?: number;
    completion_tokens?: number;
    prompt_tokens_details?: { cached_tokens?: number | null } | null;
    completion_tokens_details?: { reasoning_tokens?: number | null } | null;
  } | null;
}

/** What one piece of an upstream's answer tells. */
export interface AnswerPiece {
  text: string;
  refusal: string;
  logprobs: Logprobs;
  toolCalls: { index: number; id: string; name: string; arguments: string }[];
  finishReason: string | null;
  usage: ResponseUsage | null;
}

/** Reads a chunk of a stream or a whole answer. */
export function readPiece(value: object): AnswerPiece {
  const { choices, usage } = unsafeCast<CompletionPiece>(value);
  const choice = choices?.[0];
  const message = choice?.delta ?? choice?.message ?? {};
  return {
    text: textOf(choice?.text ?? message.content),
    refusal: textOf(message.refusal),
    logprobs: unsafeCast<Logprobs>(listOf(choice?.logprobs?.content).filter(isJsonObject)),
    toolCalls: listOf(message.tool_calls).filter(isJsonObject).map(toolCallOf),
    finishReason: textOf(choice?.finish_reason) || null,
    usage: usageOf(usage),
  };
}

function toolCallOf(call: ToolCallPiece, position: number): AnswerPiece['toolCalls'][number] {
  const { name, arguments: text } = call.function ?? {};
  const id = textOf(call.id);
  return {
    index: typeof call.index === 'number' ? call.index : position,
    // The caller could not answer one that is longer.
    id: id.length > longestName ? '' : id,
    name: textOf(name),
    // Some servers send what the text would say.
    arguments: Array.isArray(text) || isJsonObject(text) ? JSON.stringify(text) : textOf(text),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function usageOf(usage: CompletionPiece['usage']): ResponseUsage | null {
  const { prompt_tokens: input, completion_tokens: output } = usage ?? {};
  if (!isCount(input) || !isCount(output)) return null;
  return {
    input_tokens: input,
    input_tokens_details: {
      cached_tokens: countOf(usage?.prompt_tokens_details?.cached_tokens),
      cache_write_tokens: 0,
    },
    output_tokens: output,
    output_tokens_details: {
      reasoning_tokens: countOf(usage?.completion_tokens_details?.reasoning_tokens),
    },
    total_tokens: input + output,
  };
}

function countOf(value: unknown): number {
  return isCount(value) ? value : 0;
}
