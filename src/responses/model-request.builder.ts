import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { withoutTrailingLineFeeds } from '../platform/text/line-feeds.js';
import { Settings } from '../config/settings.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import { spoken } from '../conversations/history.js';
import { resolveItems } from '../conversations/input-item.js';
import {
  isCompaction,
  isCompactionTrigger,
  isToolCall,
  isToolOutput,
  wordsOf,
  type Item,
} from '../models/item.js';
import type {
  AnswerFormat,
  HostedTool,
  ModelRequest,
  Tool,
  ToolChoice,
  WantedAnswer,
} from '../models/model-request.js';
import { ModelProviders } from '../providers/model-providers.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { sizeOf } from '../models/context-window.js';
import { isWritten, type ConversationKind, type Transcript } from '../providers/transcript.js';
import type { OpenedContext } from '../turns/compactions.service.js';
import type { ContextInput, TrimmedContext } from '../turns/context-window.service.js';
import { ModelCatalogService } from '../upstreams/model-catalog.service.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import { ItemReferencesService } from './item-references.service.js';
import type { TurnContext } from '../turns/turn-context.js';
import type { AnswerParameters, CreateResponseParams } from './create-response-params.js';

type Question = Pick<CreateResponseParams, 'input' | 'model'> & AnswerParameters;

/** Makes of what a response builds on, and is asked with, what its model is asked. */
@Injectable()
export class ModelRequestBuilder {
  constructor(
    private readonly providers: ModelProviders,
    private readonly references: ItemReferencesService,
    private readonly models: ModelCatalogService,
    private readonly upstream: UpstreamService,
    private readonly settings: Settings,
  ) {}

  /** The longest answer, where the operator bounds it. @param asked null leaves it open */
  longestAnswer(asked: number | null): number | null {
    const { maxOutputTokens } = this.settings.v1;
    return maxOutputTokens === 0 ? asked : Math.min(asked ?? maxOutputTokens, maxOutputTokens);
  }

  /**
   * The caller's items in full.
   *
   * @throws InvalidFieldError for a reference to nothing, or what this context does not take
   */
  async resolve(caller: Caller, { history, past }: TurnContext, params: Question): Promise<Item[]> {
    const known = await this.references.find(caller, params.input, past);
    const input = resolveItems(params.input, known).map((item) => answering(item, known));
    if (past.length + input.length === 0) throw nothingAsked();
    // What a compaction holds is not looked into.
    const said = [...past.map(({ item }) => item), ...input];
    if (!said.some(isCompaction)) checkCalls(past, input);
    if (isWritten(history.kind)) checkTranscript(params, input);
    return input;
  }

  /** What a model is to be told, to be fitted into its window. @throws ModelNotAllowedError */
  contextOf(
    { history, past }: TurnContext,
    params: Question,
    input: readonly Item[],
  ): ContextInput {
    const prompt = [history.transcript.prompt, params.instructions ?? ''].join('\n');
    const said = [...past.map(({ item }) => item), ...input];
    const model = this.modelFor({ history }, params);
    this.models.check(model);
    this.upstream.check(wantedOf(params));
    return {
      model,
      bytes: Buffer.byteLength(prompt) + sizeOf(said),
      past: () => past,
      prompt,
      question: input,
      answerTokens: params.maxOutputTokens,
      truncation: params.truncation,
      isShortenedThere: this.isShortenedThere({ history }, params, input),
    };
  }

  /** @param said the part of the history that is told, and the question */
  build(
    { history }: Pick<TurnContext, 'history'>,
    params: Question,
    said: readonly Item[],
  ): ModelRequest {
    const model = this.modelFor({ history }, params);
    const wanted = wantedOf(params);
    if (!isWritten(history.kind)) {
      return { ...this.chat(history.kind, history.transcript, params, said), model, wanted };
    }
    // What the model service would make of it could not be told as text.
    const { context_management: _, ...ofText } = wanted;
    const request = this.written(history.kind, history.transcript, params, said);
    return { ...request, model, wanted: ofText };
  }

  /** @returns what the model is asked with a part of the history, null being all of it */
  buildFor(
    { context, input }: OpenedContext,
    params: Question,
  ): (trimmed: TrimmedContext | null) => ModelRequest {
    return (trimmed) => {
      const past = trimmed?.said ?? context.past.map(({ item }) => item);
      return this.build(context, params, [...past, ...input]);
    };
  }

  /** What is compacted keeps the thoughts behind it, and what is cut does not. */
  private isShortenedThere(
    { history }: Pick<TurnContext, 'history'>,
    { contextManagement }: Question,
    input: readonly Item[],
  ): boolean {
    if (!this.upstream.compactsItself || isWritten(history.kind)) return false;
    const last = input.at(-1);
    const isTriggered = last !== undefined && isCompactionTrigger(last);
    return isTriggered || (contextManagement ?? []).length > 0;
  }

  private modelFor({ history }: Pick<TurnContext, 'history'>, { model }: Question): string {
    if (model !== null) return model;
    return history.model ?? this.providers.of(history.kind).request(history.transcript).model;
  }

  /** gpt3 and role play: one text, in which instructions stand with the prompt. */
  private written(
    kind: ConversationKind,
    transcript: Transcript,
    { instructions }: Question,
    said: readonly Item[],
  ): ModelRequest {
    const asides = said.flatMap((item) =>
      item.type === 'message' && item.role !== 'user' && item.role !== 'assistant'
        ? [wordsOf(item.content)]
        : [],
    );
    const prompt = [withoutTrailingLineFeeds(transcript.prompt), ...asides, instructions ?? '']
      .filter((text) => text !== '')
      .join('\n');
    return this.providers.of(kind).request({ ...transcript, prompt, ...spoken(said) });
  }

  private chat(
    kind: ConversationKind,
    transcript: Transcript,
    { instructions }: Question,
    said: readonly Item[],
  ): ModelRequest {
    const request = this.providers.of(kind).request({ ...transcript, ...spoken(said), said });
    if (instructions === null) return request;
    return { ...request, instructionsOnce: instructions };
  }
}

/** What a caller of the Responses API wants of the answer; what is not said is not asked for. */
function wantedOf(params: AnswerParameters): WantedAnswer {
  const { maxToolCalls, reasoning = {}, include = [], contextManagement = null } = params;
  const { maxOutputTokens, temperature, topP, topLogprobs, reasoningEffort } = params;
  const { tools, toolChoice, parallelToolCalls, text, passedOn } = params;
  return {
    ...(maxOutputTokens === null ? {} : { max_output_tokens: maxOutputTokens }),
    ...(temperature === null ? {} : { temperature }),
    ...(topP === null ? {} : { top_p: topP }),
    ...(topLogprobs === null ? {} : { top_logprobs: topLogprobs }),
    ...(reasoningEffort ? { reasoning_effort: reasoningEffort } : {}),
    ...(tools.length === 0 ? {} : { tools: tools.map(toTool) }),
    tool_choice: toToolChoice(toolChoice),
    ...(maxToolCalls === null ? {} : { max_tool_calls: maxToolCalls }),
    ...(parallelToolCalls === null ? {} : { parallel_tool_calls: parallelToolCalls }),
    ...(text.format ? { format: unsafeCast<AnswerFormat>(text.format) } : {}),
    ...(text.verbosity ? { verbosity: text.verbosity } : {}),
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    ...(include.length === 0 ? {} : { include }),
    ...(contextManagement === null ? {} : { context_management: contextManagement }),
    passthrough: passedOn,
  };
}

/** What the model service runs itself is its own to read. */
function toTool(tool: AnswerParameters['tools'][number]): Tool {
  if (tool.type === 'function' || tool.type === 'custom') return tool;
  return { type: 'hosted', tool: unsafeCast<HostedTool['tool']>(tool) };
}

function toToolChoice(choice: AnswerParameters['toolChoice']): ToolChoice {
  if (typeof choice === 'string') return choice;
  switch (choice.type) {
    case 'function':
    case 'custom':
    case 'allowed_tools':
      return choice;
    default:
      return { type: 'hosted', choice: unsafeCast<HostedTool['tool']>(choice) };
  }
}

/** With the id by which its service knows what it answers: the caller knows ours. */
function answering(item: Item, known: ReadonlyMap<string, Item>): Item {
  const id = 'approval_request_id' in item ? item.approval_request_id : null;
  const answers = typeof id === 'string' ? known.get(id)?.origin?.id : null;
  if (!answers) return item;
  return { ...item, origin: { id: null, prefix: null, organization: null, answers } };
}

function nothingAsked(): InvalidFieldError {
  const detail = "Missing required parameter: 'input'.";
  return new InvalidFieldError('input', 'missing_required_parameter', detail);
}

/**
 * As OpenAI does: an output belongs to a call. One whose call was deleted since is not asked about.
 *
 * @throws InvalidFieldError
 */
function checkCalls(past: TurnContext['past'], input: readonly Item[]): void {
  const calls = new Set<string>();
  for (const { item } of past) if (isToolCall(item)) calls.add(item.call_id);
  for (const item of input) {
    if (isToolCall(item)) calls.add(item.call_id);
    if (!isToolOutput(item) || calls.has(item.call_id)) continue;
    const detail = `No tool call found for function call output with call_id ${item.call_id.slice(0, 64)}.`;
    throw new InvalidFieldError('input', 'invalid_value', detail);
  }
}

/** @throws InvalidFieldError for what a text to be continued cannot hold */
function checkTranscript({ tools, text }: Question, input: readonly Item[]): void {
  const refuse = (field: string, what: string): never => {
    const detail = `This conversation is a transcript, which takes no ${what}`;
    throw new InvalidFieldError(field, 'unsupported_parameter', detail);
  };
  if (tools.length > 0) refuse('tools', 'tools');
  if ((text.format?.type ?? 'text') !== 'text') refuse('text.format', 'formats');
  const isText = (item: Item): boolean =>
    item.type === 'message' &&
    (typeof item.content === 'string' || item.content.every((part) => 'text' in part));
  if (!input.every(isText)) refuse('input', 'images or function calls');
}
