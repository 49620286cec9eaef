import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { ConversationLimits, sizeOfConversation } from '../conversations/conversation-size.js';
import { ClaimLostError } from '../conversations/conversations.errors.js';
import type { NewItem, RemovedItems } from '../conversations/items.repository.js';
import { TurnClaimsService } from '../conversations/turn-claims.service.js';
import type { AnswerEnd, ModelEvent } from '../models/model-event.js';
import type { ModelRequest } from '../models/model-request.js';
import { UnitOfWorkWriter } from '../platform/database/unit-of-work.writer.js';
import type { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { Sink } from '../upstreams/sink.js';
import type { UpstreamCall } from '../upstreams/asked-question.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import {
  ContextWindowService,
  type ContextInput,
  type TrimmedContext,
} from './context-window.service.js';
import { contextOf, type TurnContext } from './turn-context.js';

/** Where an answer goes, and what is assembled of it. */
export interface TurnSink<Answer> {
  /** What the model says, as it says it. */
  write: Sink<readonly ModelEvent[]>;
  /** The answer is complete. @throws EmptyAnswerError when there was nothing to it */
  finish(end: AnswerEnd): Answer | Promise<Answer>;
}

/** What a turn builds on: a conversation that it is to hold, or whatever else there is. */
export type TurnSource =
  /** @param claim an unguessable id, for who must be able to end the turn from outside */
  { conversationId: string; claim?: string | undefined } | { open: () => Promise<TurnContext> };

/** A turn as an API wants it: everything in which the APIs differ. */
export interface TurnPlan<Answer> {
  /** What it was planned on, as far as it builds on it. */
  context: TurnContext;
  /** What the model is to be told, as it is fitted into its window. */
  contextInput: ContextInput;
  /** @param trimmed the part of the history that fits; null is all of it */
  request: (trimmed: TrimmedContext | null) => ModelRequest;
  stream: boolean;
  /** Whose key asks best. */
  affinity: string | null;
  /** Told before the first word when so many turns of the history have to be left out. */
  trimmed: (turns: number) => void;
  sink: TurnSink<Answer>;
  /** Done before the model is asked, once the turn is found to be possible. */
  begin?: () => Promise<void>;
  /** Shortens what is told, where that is wanted. @returns what is told then; null is all of it */
  shorten?: () => Promise<Pick<TurnPlan<Answer>, 'contextInput' | 'request'> | null>;
  /** Gives the answer where no model is to be asked for one. */
  instead?: () => Promise<Answer>;
  /** What is asked, as it is stored, be it new or not. */
  storedInput: readonly { content: string }[];
  /** The new items among it, which are written with the answer. */
  asked: readonly NewItem[];
  /** What an earlier answer consisted of, if this one takes its place. */
  removed: RemovedItems | null;
  /** The answer as items. */
  itemsOf: (answer: Answer) => readonly NewItem[];
  /** What else is written with the answer. */
  unitOfWork: (answer: Answer) => UnitOfWork;
}

/**
 * One turn, whoever asks for it: claim, fit what is told into the model's window, ask, and one write
 * of question and answer together. What differs between the APIs is the plan.
 */
@Injectable()
export class TurnEngine {
  constructor(
    private readonly claims: TurnClaimsService,
    private readonly contextWindow: ContextWindowService,
    private readonly upstream: UpstreamService,
    private readonly limits: ConversationLimits,
    private readonly writer: UnitOfWorkWriter,
  ) {}

  /**
   * Takes a turn.
   *
   * @returns its answer, once all of the turn is committed
   * @throws AppError, and what it builds on is as it was
   */
  async run<Answer>(
    caller: Caller,
    source: TurnSource,
    abort: AbortController,
    planTurn: (context: TurnContext) => TurnPlan<Answer> | Promise<TurnPlan<Answer>>,
  ): Promise<Answer> {
    const take = async (context: TurnContext): Promise<Answer> =>
      this.take(await planTurn(context), abort);
    if ('open' in source) return take(await source.open());
    const { conversationId, claim } = source;
    return this.claims.hold(
      caller,
      conversationId,
      abort,
      (held) => take(contextOf(held.history, held)),
      claim,
    );
  }

  /** Asks a question that nothing is kept of. @throws AppError */
  async answer<Answer>(
    request: ModelRequest,
    call: UpstreamCall,
    sink: TurnSink<Answer>,
  ): Promise<Answer> {
    return sink.finish(await this.upstream.ask(request, call, (events) => sink.write(events)));
  }

  private async take<Answer>(plan: TurnPlan<Answer>, abort: AbortController): Promise<Answer> {
    const { context } = plan;
    this.checkSize(plan);
    await plan.begin?.();
    const answer = plan.instead ? await plan.instead() : await this.ask(plan, abort);
    const added = [...plan.asked, ...plan.itemsOf(answer)];
    const unitOfWork = plan.unitOfWork(answer);
    if (context.held) {
      await this.claims.commit(context.held, { added, removed: plan.removed }, unitOfWork);
    } else if (!(await this.writer.write(unitOfWork))) throw new ClaimLostError();
    return answer;
  }

  private async ask<Answer>(plan: TurnPlan<Answer>, abort: AbortController): Promise<Answer> {
    const { stream, affinity, sink } = plan;
    const opened = (await plan.shorten?.()) ?? plan;
    return this.contextWindow.ask(opened.contextInput, ({ trimmed, compactAt }) => {
      if (trimmed?.trimmedTurns) plan.trimmed(trimmed.trimmedTurns);
      const request = { ...opened.request(trimmed), compactAt };
      return this.answer(request, { stream, abort, affinity }, sink);
    });
  }

  /** Bounds what is kept and read again. @throws ConversationTooLongError */
  private checkSize({
    context,
    storedInput,
  }: Pick<TurnPlan<unknown>, 'context' | 'storedInput'>): void {
    const { history, held, stored } = context;
    if (!held && stored.length === 0) return;
    const size = sizeOfConversation(history.transcript.prompt, stored, storedInput);
    if (held) this.limits.check(size);
    else this.limits.checkChain(size);
  }
}
