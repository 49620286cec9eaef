import { Injectable } from '@nestjs/common';
import { IdSource } from '../common/ids/id-source.js';
import { Settings } from '../config/settings.js';
import {
  ConversationTooLongError,
  DialogEmptyError,
} from '../conversations/conversations.errors.js';
import type { NewItem } from '../conversations/conversations.repository.js';
import { answerToRepeat, bytesOf, type History } from '../conversations/history.js';
import {
  TurnClaimsService,
  type ClaimedConversation,
} from '../conversations/turn-claims.service.js';
import { ModelProviders } from '../providers/model-providers.js';
import type { Sentence } from '../providers/transcript.js';
import { UpstreamService } from '../upstream/upstream.service.js';
import { readAnswer, type Answer } from './answer.js';
import type { TurnCall } from './turn-call.js';

/** What a turn asks, and what of the history its answer goes with. */
interface TurnPlan {
  /** The history up to and with the question. */
  sentences: readonly Sentence[];
  /** Set when the question is new and to be written with its answer. */
  newQuestion: string | null;
  /** The earlier answer that the new one replaces. */
  replacedItemId: string | null;
  /** Set when the question repeats a turn that is kept although its caller could not be told. */
  keptAnswer: string | null;
}

/** One turn of a conversation: claim, ask, and one write of question and answer together. */
@Injectable()
export class TurnsService {
  constructor(
    private readonly claims: TurnClaimsService,
    private readonly providers: ModelProviders,
    private readonly upstream: UpstreamService,
    private readonly ids: IdSource,
    private readonly settings: Settings,
  ) {}

  /**
   * Asks a new question. Resolves once question and answer are committed.
   *
   * @throws AppError, and the conversation is as it was
   */
  chat(conversationId: string, question: string, call: TurnCall): Promise<void> {
    return this.run(conversationId, call, (history) => this.planChat(history, question));
  }

  /**
   * Asks the last question again. The old answer stays until the new one is there; a question that
   * has none yet gets one.
   *
   * @throws AppError, and the conversation is as it was
   */
  regenerate(conversationId: string, call: TurnCall): Promise<void> {
    return this.run(conversationId, call, planRegenerate);
  }

  private async run(
    conversationId: string,
    call: TurnCall,
    planTurn: (history: History) => TurnPlan,
  ): Promise<void> {
    const held = await this.claims.claim(conversationId, call.abort);
    try {
      const { history } = held;
      const plan = planTurn(history);
      if (plan.keptAnswer !== null) {
        await this.showAgain(held, plan.keptAnswer, call);
        return;
      }
      const answer = await this.ask(held, plan, call);
      await this.claims.commit(held, this.itemsOf(history, plan, answer), plan.replacedItemId);
    } catch (error) {
      // The conversation is free again before the caller hears of the failure and tries anew.
      await this.claims.release(held);
      throw error;
    }
  }

  private async showAgain(
    held: ClaimedConversation,
    answer: string,
    { stream, reader }: TurnCall,
  ): Promise<void> {
    reader.start(stream || held.history.stream);
    await reader.take(answer);
    await this.claims.releaseSeen(held);
  }

  private ask(held: ClaimedConversation, plan: TurnPlan, { abort, reader, ...call }: TurnCall) {
    const { history, conversationId: affinity } = held;
    const stream = call.stream || history.stream;
    const request = this.requestFor(history, plan);
    reader.start(stream);
    return readAnswer(
      (take) => this.upstream.ask(request, { stream, abort, affinity }, take),
      stream ? 'stream' : 'trimmed',
      (piece) => reader.take(piece),
    );
  }

  private planChat(history: History, question: string): TurnPlan {
    const { transcript } = history;
    const keptAnswer = answerToRepeat(history, question);
    const sentences: Sentence[] = [...transcript.sentences, { role: 'user', text: question }];
    if (
      keptAnswer === null &&
      bytesOf({ ...transcript, sentences }) > this.settings.conversations.maxBytes
    ) {
      throw new ConversationTooLongError();
    }
    return { sentences, newQuestion: question, replacedItemId: null, keptAnswer };
  }

  private requestFor({ kind, transcript }: History, { sentences }: TurnPlan) {
    return this.providers.of(kind).request({ ...transcript, sentences });
  }

  private itemsOf({ items }: History, plan: TurnPlan, { text, usage }: Answer): NewItem[] {
    const last = items.at(-1);
    const turn = (last?.turn ?? 0) + (plan.newQuestion === null ? 0 : 1);
    const position = (last?.position ?? 0) + 1;
    const tokens = {
      inputTokens: usage?.inputTokens ?? null,
      outputTokens: usage?.outputTokens ?? null,
    };
    const answer: NewItem = {
      ...this.message('assistant', text, turn, position + (plan.newQuestion === null ? 0 : 1)),
      ...tokens,
    };
    if (plan.newQuestion === null) return [answer];
    return [this.message('user', plan.newQuestion, turn, position), answer];
  }

  private message(role: NewItem['role'], text: string, turn: number, position: number): NewItem {
    return {
      id: this.ids.next('item'),
      turn,
      position,
      kind: 'message',
      role,
      content: JSON.stringify(text),
      inputTokens: null,
      outputTokens: null,
    };
  }
}

/** By role, never by odd and even: a conversation may end with a question or hold several in a row. */
function planRegenerate({ items, transcript }: History): TurnPlan {
  const lastQuestion = items.findLastIndex(({ role }) => role === 'user');
  if (lastQuestion < 0) {
    throw new DialogEmptyError({ detail: 'Failed to regenerate, dialog is empty' });
  }
  return {
    sentences: transcript.sentences.slice(0, lastQuestion + 1),
    newQuestion: null,
    replacedItemId: items[lastQuestion + 1]?.id ?? null,
    keptAnswer: null,
  };
}
