import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { IdSource } from '../platform/ids/id-source.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import {
  ConversationLimits,
  sizeOfConversation,
  type ConversationSize,
} from '../conversations/conversation-size.js';
import { DialogEmptyError } from '../conversations/conversations.errors.js';
import type { NewItem, RemovedItems, StoredItem } from '../conversations/items.repository.js';
import { answerToRepeat, spoken, type History } from '../conversations/history.js';
import { bodyOf } from '../conversations/item-mapper.js';
import {
  TurnClaimsService,
  type ClaimedConversation,
} from '../conversations/turn-claims.service.js';
import { ModelProviders } from '../providers/model-providers.js';
import type { ItemBody, MessageRole } from '../models/item-body.js';
import type { ModelRequest } from '../models/model-request.js';
import type { Transcript } from '../providers/transcript.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import { readAnswer, type Answer } from './answer.js';
import type { TurnCall } from './turn-call.js';
import {
  ContextWindowService,
  type TrimmedContext,
  type ContextInput,
} from './context-window.service.js';

/** What a turn asks, and what of the history its answer goes with. */
interface TurnPlan {
  /** The history up to and with the question. */
  transcript: Transcript;
  /** Its size, as far as it was or is to be kept. */
  size: ConversationSize;
  /** The history before the question, and the question itself. */
  past: readonly StoredItem[];
  question: ItemBody;
  /** Set when the question is new and to be written with its answer. */
  newQuestion: string | null;
  /** What an earlier answer consisted of, if the new one replaces it. */
  removed: RemovedItems | null;
  /** Where the new items begin. */
  turn: number;
  position: number;
  /** Set when the question repeats a turn that is kept although its caller could not be told. */
  keptAnswer: string | null;
}

/** One turn of a conversation: claim, ask, and one write of question and answer together. */
@Injectable()
export class TurnsService {
  constructor(
    private readonly claims: TurnClaimsService,
    private readonly providers: ModelProviders,
    private readonly contextWindow: ContextWindowService,
    private readonly upstream: UpstreamService,
    private readonly limits: ConversationLimits,
    private readonly ids: IdSource,
  ) {}

  /**
   * Asks a new question. Resolves once question and answer are committed.
   *
   * @throws AppError, and the conversation is as it was
   */
  chat(caller: Caller, conversationId: string, question: string, call: TurnCall): Promise<void> {
    return this.run(caller, conversationId, call, (history) => planChat(history, question));
  }

  /**
   * Asks the last question again. The old answer stays until the new one is there; a question that
   * has none yet gets one.
   *
   * @throws AppError, and the conversation is as it was
   */
  regenerate(caller: Caller, conversationId: string, call: TurnCall): Promise<void> {
    return this.run(caller, conversationId, call, planRegenerate);
  }

  private async run(
    caller: Caller,
    conversationId: string,
    call: TurnCall,
    planTurn: (history: History) => TurnPlan,
  ): Promise<void> {
    const held = await this.claims.claim(caller, conversationId, call.abort);
    try {
      const { history } = held;
      const plan = planTurn(history);
      if (plan.keptAnswer !== null) {
        await this.showAgain(held, plan.keptAnswer, call);
        return;
      }
      this.limits.check(plan.size);
      const answer = await this.ask(held, plan, call);
      const added = this.itemsOf(plan, answer);
      await this.claims.commit(held, { added, removed: plan.removed }, recorded(call));
    } catch (error) {
      // The conversation is free again before the caller hears of the failure and tries again.
      await this.claims.release(held);
      throw error;
    }
  }

  private async showAgain(
    held: ClaimedConversation,
    answer: string,
    call: TurnCall,
  ): Promise<void> {
    call.reader.start(call.stream || held.history.stream);
    await call.reader.take(answer);
    await this.claims.releaseSeen(held, recorded(call));
  }

  private ask(held: ClaimedConversation, plan: TurnPlan, { abort, reader, ...call }: TurnCall) {
    const { history, conversationId: affinity } = held;
    const stream = call.stream || history.stream;
    const request = this.requestFor(history, plan.transcript);
    reader.start(stream);
    return readAnswer(
      (take) =>
        this.contextWindow.ask(tell(request.model, history, plan), (kept) => {
          if (kept?.trimmedTurns) reader.trimmed(kept.trimmedTurns);
          const shown = kept ? this.requestFor(history, shortened(plan, kept)) : request;
          return this.upstream.ask(shown, { stream, abort, affinity }, take);
        }),
      stream ? 'stream' : 'trimmed',
      (piece) => reader.take(piece),
    );
  }

  private requestFor({ kind, model }: History, transcript: Transcript): ModelRequest {
    const request = this.providers.of(kind).request(transcript);
    return model === null ? request : { ...request, model };
  }

  private itemsOf(plan: TurnPlan, { text, usage }: Answer): NewItem[] {
    const { newQuestion, turn, position } = plan;
    const question =
      newQuestion === null ? [] : [this.message('user', newQuestion, turn, position)];
    const answer: NewItem = {
      ...this.message('assistant', text, turn, position + question.length),
      inputTokens: usage?.inputTokens ?? null,
      outputTokens: usage?.outputTokens ?? null,
    };
    return [...question, answer];
  }

  private message(role: MessageRole, text: string, turn: number, position: number): NewItem {
    return {
      id: this.ids.next('item'),
      turn,
      position,
      kind: 'message',
      role,
      content: JSON.stringify(text),
      status: null,
      inputTokens: null,
      outputTokens: null,
    };
  }
}

/** What is written together with the turn. */
function recorded({ recordAnswer }: TurnCall): UnitOfWork {
  const unitOfWork = new UnitOfWork();
  recordAnswer?.(unitOfWork);
  return unitOfWork;
}

/** The plan as the window sees it. */
function tell(
  model: string,
  { transcript }: History,
  { size, past, question }: TurnPlan,
): ContextInput {
  return {
    model,
    // What is stored of an item is longer than what is told of it, unless it has images.
    bytes: transcript.said ? Number.POSITIVE_INFINITY : size.bytes,
    past: () =>
      past.map((item) => ({
        turn: item.turn,
        inputTokens: item.inputTokens,
        body: bodyOf(item),
      })),
    prompt: transcript.prompt,
    question: [question],
    answerTokens: null,
    truncation: 'auto',
  };
}

/** The transcript without the turns that are left out. */
function shortened({ transcript, question }: TurnPlan, { said }: TrimmedContext): Transcript {
  return { ...transcript, said: undefined, ...spoken([...said, question]) };
}

function planChat(history: History, question: string): TurnPlan {
  const { transcript, items } = history;
  const { said, sentences } = transcript;
  const body: ItemBody = { kind: 'message', role: 'user', content: question };
  const asked: Transcript = {
    ...transcript,
    sentences: [...sentences, { role: 'user', text: question }],
    said: said && [...said, body],
  };
  const last = items.at(-1);
  return {
    transcript: asked,
    size: sizeOfConversation(transcript.prompt, items, [{ content: JSON.stringify(question) }]),
    past: items,
    question: body,
    newQuestion: question,
    removed: null,
    keptAnswer: answerToRepeat(history, question),
    turn: (last?.turn ?? 0) + 1,
    position: (last?.position ?? 0) + 1,
  };
}

/** By role, never by odd and even: a conversation may end with a question or hold several in a row. */
function planRegenerate({ items, transcript }: History): TurnPlan {
  const lastQuestion = items.findLastIndex(
    ({ kind, role }) => kind === 'message' && role === 'user',
  );
  const question = items[lastQuestion];
  if (!question) {
    throw new DialogEmptyError({ detail: 'Failed to regenerate, dialog is empty' });
  }
  const { turn, position } = question;
  const past = items.slice(0, lastQuestion);
  const body = bodyOf(question);
  const asked = { ...transcript, ...spoken([...past.map(bodyOf), body]) };
  return {
    transcript: asked,
    size: sizeOfConversation(transcript.prompt, items.slice(0, lastQuestion + 1), []),
    past,
    question: body,
    newQuestion: null,
    removed: { afterPosition: position },
    keptAnswer: null,
    turn,
    position: position + 1,
  };
}
