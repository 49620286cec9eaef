import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { IdSource } from '../platform/ids/id-source.js';
import { BytesInFlight } from '../platform/http/bytes-in-flight.js';
import { RequestRecord } from '../platform/telemetry/request-record.js';
import { conversationTag } from '../platform/telemetry/conversation-tag.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { Leases } from '../platform/tasks/leases.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import {
  CommitOutcomeUnknownError,
  DatabaseUnavailableError,
} from '../platform/database/database.errors.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import {
  ClaimLostError,
  ConversationNotFoundError,
  TurnRunningError,
} from './conversations.errors.js';
import { errorFor } from './claim-failure.js';
import { HistoryCache, memoryOf, type KnownItems } from './history-cache.js';
import { historyOf, type History } from './history.js';
import { countSentences, idleTimeMs, timesToLive } from './idle-time.js';
import { ItemsRepository, type ItemsChange } from './items.repository.js';
import {
  endTurn,
  setModel,
  TurnClaimsRepository,
  type ClaimKey,
  type ConversationKey,
  type FoundConversation,
} from './turn-claims.repository.js';
import { TurnOutcomesService } from './turn-outcomes.service.js';

/** A conversation that one turn holds, with everything said in it so far. */
export interface ClaimedConversation extends ClaimKey {
  /** As it was found; the turn's commit makes the next one. */
  version: number;
  history: History;
}

/**
 * One turn at a time for each conversation, across processes: a claim in the database with a lease
 * that this process renews while the turn runs. A process that dies stops renewing.
 */
@Injectable()
export class TurnClaimsService implements OnModuleInit {
  private readonly logger = new Logger(TurnClaimsService.name);
  /** By claim. */
  private readonly running: Leases;
  private readonly leaseMs: number;
  private readonly refusals: Counter;
  private readonly losses: Counter;

  constructor(
    private readonly claims: TurnClaimsRepository,
    private readonly items: ItemsRepository,
    private readonly outcomes: TurnOutcomesService,
    private readonly histories: HistoryCache,
    private readonly inFlight: BytesInFlight,
    private readonly ids: IdSource,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    this.leaseMs = settings.conversations.turnLeaseSeconds * 1_000;
    this.running = new Leases((claims) => this.claims.renew(claims));
    this.refusals = metrics.counter(
      'alice_claims_refused_total',
      'Turns that were refused because another turn of their conversation was running',
    );
    this.losses = metrics.counter(
      'alice_claims_lost_total',
      'Turns that were ended because another call took their conversation after their lease',
    );
    metrics.gauge('alice_running_turns', 'Turns that hold their conversation', () => {
      return this.running.size;
    });
  }

  onModuleInit(): void {
    this.tasks.every(this.leaseMs / 3, 'turn-lease-renewal', () => this.running.renew());
  }

  /**
   * Takes a conversation for one turn.
   *
   * @param abort is aborted with ClaimLostError or ConversationNotFoundError when the claim is lost
   *   while the turn runs
   * @param claim an unguessable id, for who must be able to {@link end} the turn from outside
   * @throws ConversationNotFoundError, TurnRunningError, TooManyBytesError or
   *   DatabaseUnavailableError
   */
  async claim(
    caller: Caller,
    conversationId: string,
    abort: AbortController,
    claim = this.ids.next('turn'),
  ): Promise<ClaimedConversation> {
    const key = { ownerId: caller.id, conversationId, claim };
    if (this.outcomes.isUnknown(key)) await this.outcomes.settle(key);
    const conversation = conversationTag(conversationId);
    RequestRecord.of(abort)?.isAbout(conversation);
    const known = this.histories.find(key);
    const found = await this.take(key, known === null);
    if (!found) throw await this.refusalOf(key);
    const { version } = found;
    const { items, bytes } = known?.version === version ? known : await this.itemsOf(key, found);
    await this.holdBytes(key, Math.ceil(bytes / 2));
    this.running.hold(claim, async () => {
      this.losses.inc();
      this.logger.warn({ event: 'turn.claim_lost', conversation });
      abort.abort(await this.lossOf(key));
    });
    return { ...key, version, history: historyOf({ ...found, items }) };
  }

  /**
   * Holds a conversation for some work, which commits it or leaves it as it was. The conversation is
   * free again before anyone hears of a failure and tries again.
   *
   * @throws like {@link claim}, and what the work throws
   */
  async hold<Result>(
    caller: Caller,
    conversationId: string,
    abort: AbortController,
    work: (held: ClaimedConversation) => Promise<Result>,
    claim?: string,
  ): Promise<Result> {
    const held = await this.claim(caller, conversationId, abort, claim);
    try {
      return await work(held);
    } catch (error) {
      await this.release(held);
      throw error;
    }
  }

  /**
   * Writes the turn's items and gives the conversation back, in one batch.
   *
   * @param unitOfWork what is written with them
   * @throws ClaimLostError, ConversationNotFoundError or DatabaseUnavailableError, and nothing is
   *   written
   * @throws TurnOutcomeUnknownError
   */
  async commit(
    held: ClaimedConversation,
    change: ItemsChange,
    unitOfWork = new UnitOfWork(),
  ): Promise<void> {
    const { history } = held;
    this.letGo(held.claim);
    const items = [...keptItems(history.items, change.removed), ...change.added];
    const timeToLiveMs = this.timeToLiveMs(items, history);
    try {
      const committed = await this.claims.commit(held, change, timeToLiveMs, unitOfWork);
      if (!committed) throw await this.lossOf(held);
      this.remember(held, change);
    } catch (error) {
      this.histories.forget(held);
      if (!(error instanceof CommitOutcomeUnknownError)) throw error;
      const turn = {
        ownerId: held.ownerId,
        conversationId: held.conversationId,
        claim: held.claim,
        answerId: change.added.at(-1)?.id ?? '',
        timeToLiveMs: this.timeToLiveMs(history.items, history),
      };
      if (!(await this.outcomes.find(turn))) throw new DatabaseUnavailableError(error);
    }
  }

  /** Gives the conversation back as it was. If that fails, the lease gives it back when it ends. */
  async release(held: ClaimedConversation): Promise<void> {
    this.letGo(held.claim);
    if (this.outcomes.isUnknown(held)) return;
    try {
      const { history } = held;
      const timeToLiveMs = this.timeToLiveMs(history.items, history);
      await this.claims.release(held, timeToLiveMs);
    } catch (error) {
      this.logger.error(`A claim could not be released: ${String(error)}`);
    }
  }

  /**
   * Ends a turn wherever it runs, with the write of what it is ended by. Nothing of the turn is kept,
   * and its conversation is free; nothing happens if the turn is over.
   */
  end(caller: Caller, unitOfWork: UnitOfWork, turn: Omit<ClaimKey, 'ownerId'>): void {
    const { ttlSeconds } = this.settings.conversations;
    unitOfWork.add(endTurn({ ...turn, ownerId: caller.id }, timesToLive(ttlSeconds)));
  }

  /**
   * Adds to a turn's write which model it asked: a conversation made by the `/v1` API goes on with the
   * one that it was asked with last.
   */
  noteModel(held: ClaimedConversation, unitOfWork: UnitOfWork, model: string): void {
    const { history } = held;
    if (history.model === null || history.model === model) return;
    unitOfWork.add(setModel(held, model));
  }

  /** A claim that may have been taken is given back: nobody would renew it. */
  private async take(key: ClaimKey, wantsItems: boolean): Promise<FoundConversation | null> {
    try {
      return await this.claims.claim(key, wantsItems);
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error;
      await this.claims.withdraw(key);
      throw new DatabaseUnavailableError(error);
    }
  }

  /** Items that were not in memory; while the claim holds, no one else changes them. */
  private async itemsOf(
    key: ClaimKey,
    { version, items: found }: FoundConversation,
  ): Promise<KnownItems> {
    try {
      const { items, length } = found ?? (await this.items.findAll(key.conversationId));
      const known = { version, items, bytes: memoryOf(items, length) };
      this.histories.keep(key, known);
      return known;
    } catch (error) {
      await this.claims.withdraw(key);
      throw error;
    }
  }

  /** Why a claim does not hold any more: the conversation is another call's by now, or gone. */
  private async lossOf(key: ConversationKey): Promise<Error> {
    const { type } = await this.claims.findClaimFailure(key);
    return type === 'unknown'
      ? new ConversationNotFoundError(key.conversationId)
      : new ClaimLostError();
  }

  /** A history is held as long as its turn runs, and so is what is made of it for the model. */
  private async holdBytes(key: ClaimKey, bytes: number): Promise<void> {
    try {
      this.inFlight.hold(key.claim, bytes);
    } catch (error) {
      await this.claims.withdraw(key);
      throw error;
    }
  }

  private letGo(claim: string): void {
    this.running.release(claim);
    this.inFlight.release(claim);
  }

  private async refusalOf(key: ConversationKey): Promise<Error> {
    const refusal = errorFor(await this.claims.findClaimFailure(key), key.conversationId);
    if (refusal instanceof TurnRunningError) this.refusals.inc();
    return refusal;
  }

  private remember(held: ClaimedConversation, { added, removed }: ItemsChange): void {
    const { version, history } = held;
    if (removed) this.histories.forget(held);
    else this.histories.append(held, { version, items: history.items }, added);
  }

  private timeToLiveMs(
    items: readonly { kind: string }[],
    { idleMs }: Pick<History, 'idleMs'>,
  ): number | null {
    return idleTimeMs(idleMs, this.settings.conversations.ttlSeconds, countSentences(items));
  }
}

function keptItems(items: History['items'], removed: ItemsChange['removed']): History['items'] {
  if (!removed) return items;
  if ('id' in removed) return items.filter(({ id }) => id !== removed.id);
  return items.filter(({ position }) => position <= removed.afterPosition);
}
