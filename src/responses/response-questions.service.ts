import { Injectable } from '@nestjs/common';
import { withoutTrailingLineFeeds } from '../platform/text/line-feeds.js';
import { Settings } from '../config/settings.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import { spoken } from '../conversations/history.js';
import { resolveItems } from '../conversations/input-item.js';
import { wordsOf, type ItemBody } from '../models/item-body.js';
import type { ChatMessage, ModelRequest } from '../models/model-request.js';
import { ModelProviders } from '../providers/model-providers.js';
import { sizeOf } from '../models/context-window.js';
import type { ConversationKind, Transcript } from '../providers/transcript.js';
import type { ContextInput } from '../turns/context-window.service.js';
import type { ForwardRequest } from '../upstreams/dialects/chat-completions/forward.js';
import { ModelCatalogService } from '../upstreams/model-catalog.service.js';
import { withAllowedTools } from './allowed-tools.js';
import { toForwardRequest } from './chat-request.js';
import type { ResponseGround } from './response-grounds.service.js';
import type { AnswerParameters, CreateResponseParams } from './create-response-params.js';

type Question = Pick<CreateResponseParams, 'input' | 'model'> & AnswerParameters;

/** Puts what a response is asked with into the words of chat completions. */
@Injectable()
export class ResponseQuestionsService {
  constructor(
    private readonly providers: ModelProviders,
    private readonly models: ModelCatalogService,
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
   * @throws InvalidFieldError for a reference to nothing, or what this ground does not take
   */
  resolve({ history, past }: ResponseGround, params: Question): ItemBody[] {
    const known = new Map(past.map(({ id, body }) => [id, body]));
    const input = resolveItems(params.input, known);
    if (past.length + input.length === 0) throw nothingAsked();
    checkCalls([...known.values(), ...input]);
    if (isWritten(history.kind)) checkTranscript(params, input);
    return input;
  }

  /** What a model is to be told, to be fitted into its window. @throws ModelNotAllowedError */
  tell(
    { history, past }: ResponseGround,
    params: Question,
    input: readonly ItemBody[],
  ): ContextInput {
    const prompt = [history.transcript.prompt, params.instructions ?? ''].join('\n');
    const said = [...past.map(({ body }) => body), ...input];
    const model = this.modelFor({ history }, params);
    this.models.check(model);
    return {
      model,
      bytes: Buffer.byteLength(prompt) + sizeOf(said),
      past: () => past,
      prompt,
      question: input,
      answerTokens: params.maxOutputTokens,
      truncation: params.truncation,
    };
  }

  /** @param said the part of the history that is told, and the question */
  toRequest(
    { history }: Pick<ResponseGround, 'history'>,
    params: Question,
    said: readonly ItemBody[],
    stream: boolean,
  ): ForwardRequest {
    const asked = isWritten(history.kind)
      ? this.written(history.kind, history.transcript, params, said)
      : this.chat(history.kind, history.transcript, params, said);
    return toForwardRequest(
      { ...asked, model: this.modelFor({ history }, params) },
      withAllowedTools(params),
      stream,
    );
  }

  private modelFor({ history }: Pick<ResponseGround, 'history'>, { model }: Question): string {
    if (model !== null) return model;
    return history.model ?? this.providers.of(history.kind).request(history.transcript).model;
  }

  /** gpt3 and role play: one text, in which instructions stand with the prompt. */
  private written(
    kind: ConversationKind,
    transcript: Transcript,
    { instructions }: Question,
    said: readonly ItemBody[],
  ): ModelRequest {
    const told = said.flatMap((body) =>
      body.kind === 'message' && body.role !== 'user' && body.role !== 'assistant'
        ? [wordsOf(body.content)]
        : [],
    );
    const prompt = [withoutTrailingLineFeeds(transcript.prompt), ...told, instructions ?? '']
      .filter((text) => text !== '')
      .join('\n');
    return this.providers.of(kind).request({ ...transcript, prompt, ...spoken(said) });
  }

  private chat(
    kind: ConversationKind,
    transcript: Transcript,
    { instructions }: Question,
    said: readonly ItemBody[],
  ): ModelRequest {
    const request = this.providers.of(kind).request({ ...transcript, ...spoken(said), said });
    if (request.api !== 'chat' || instructions === null) return request;
    const first: ChatMessage = { role: 'system', content: instructions };
    return { ...request, messages: [first, ...request.messages] };
  }
}

function nothingAsked(): InvalidFieldError {
  const detail = "Missing required parameter: 'input'.";
  return new InvalidFieldError('input', 'missing_required_parameter', detail);
}

/** Kinds whose model is asked to continue a text. */
function isWritten(kind: ConversationKind): boolean {
  switch (kind) {
    case 'gpt3':
    case 'role-play':
      return true;
    case 'turbo':
    case 'gpt4':
      return false;
  }
}

/** As OpenAI does: an output belongs to a call. @throws InvalidFieldError */
function checkCalls(said: readonly ItemBody[]): void {
  const calls = new Set<string>();
  for (const item of said) {
    if (item.kind === 'function_call') calls.add(item.callId);
    if (item.kind !== 'function_call_output' || calls.has(item.callId)) continue;
    const detail = `No tool call found for function call output with call_id ${item.callId.slice(0, 64)}.`;
    throw new InvalidFieldError('input', 'invalid_value', detail);
  }
}

/** @throws InvalidFieldError for what a text to be continued cannot hold */
function checkTranscript({ tools, text }: Question, input: readonly ItemBody[]): void {
  const refuse = (field: string, what: string): never => {
    const detail = `This conversation is a transcript, which takes no ${what}`;
    throw new InvalidFieldError(field, 'unsupported_parameter', detail);
  };
  if (tools.length > 0) refuse('tools', 'tools');
  if ((text.format?.type ?? 'text') !== 'text') refuse('text.format', 'formats');
  const isText = (body: ItemBody): boolean =>
    body.kind === 'message' &&
    (typeof body.content === 'string' || body.content.every(({ type }) => type === 'text'));
  if (!input.every(isText)) refuse('input', 'images or function calls');
}
