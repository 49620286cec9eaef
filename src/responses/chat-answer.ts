import type { ResponseOutputText, ResponseUsage } from 'openai/resources/responses/responses';
import { trusted } from '../common/trusted.js';
import { isCount } from '../upstream/answer-chunk.js';

/** Probabilities of the tokens of a text. */
export type Logprobs = NonNullable<ResponseOutputText['logprobs']>;

/** A piece of a function call: the first one names it, the later ones lengthen its arguments. */
interface ToolCallPiece {
  index?: number;
  id?: string | null;
  function?: { name?: string | null; arguments?: string | null } | null;
}

/** What a message or a part of one says. Everything may be missing: servers leave out a lot. */
interface MessagePiece {
  content?: string | null;
  refusal?: string | null;
  tool_calls?: ToolCallPiece[] | null;
}

/** A chat completion, a chunk of one, or a text completion, as far as responses read it. */
interface CompletionPiece {
  choices?:
    | {
        delta?: MessagePiece | null;
        message?: MessagePiece | null;
        text?: string | null;
        logprobs?: { content?: Logprobs | null } | null;
        finish_reason?: string | null;
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
  const { choices, usage } = trusted<CompletionPiece>(value);
  const choice = choices?.[0];
  const message = choice?.delta ?? choice?.message ?? {};
  return {
    text: choice?.text ?? message.content ?? '',
    refusal: message.refusal ?? '',
    logprobs: choice?.logprobs?.content ?? [],
    toolCalls: (message.tool_calls ?? []).map((call, position) => ({
      index: call.index ?? position,
      id: call.id ?? '',
      name: call.function?.name ?? '',
      arguments: call.function?.arguments ?? '',
    })),
    finishReason: choice?.finish_reason ?? null,
    usage: usageOf(usage),
  };
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
