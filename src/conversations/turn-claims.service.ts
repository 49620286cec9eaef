import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { IdSource } from '../common/ids/id-source.js';
import { conversationTag } from '../common/logging/conversation-tag.js';
import { Settings } from '../config/settings.js';
import {
  CommitOutcomeUnknownError,
  DatabaseUnavailableError,
} from '../database/database.errors.js';
import type { Statement } from '../database/database.js';
import { HeldLeases } from '../database/held-leases.js';
import { ClaimLostError } from './conversations.errors.js';
import {
  ConversationsRepository,
  type ClaimKey,
  type ItemsChange,
  type StoredConversation,
} from './conversations.repository.js';
import { errorFor } from './conversations.service.js';
import { historyOf, type History } from './history.js';
import { idleTimeMs } from './idle-time.js';
import { TurnOutcomesService } from './turn-outcomes.service.js';

/** A conversation that one turn holds, with everything said in it so far. */
export interface ClaimedConversation extends ClaimKey {
  history: History;
}

/**
 * One turn at a time for each conversation, across processes: a claim in the database with a lease
 * that this process renews while the turn runs. A process that dies stops renewing.
 */
@Injectable()
export class TurnClaimsService implements OnModuleInit {
  private readonly logger = new Logger(TurnClaimsService.name);
  private readonly leases: HeldLeases;
  private readonly leaseMs: number;

  constructor(
    private readonly conversations: ConversationsRepository,
    private readonly outcomes: TurnOutcomesService,
    private readonly ids: IdSource,
    private readonly settings: Settings,
    private readonly scheduler: SchedulerRegistry,
  ) {
    this.leaseMs = settings.conversations.turnLeaseSeconds * 1_000;
    this.leases = new HeldLeases(
      (claims) => conversations.renew(claims, this.leaseMs),
      this.logger,
    );
  }

  onModuleInit(): void {
    const renewal = setInterval(() => void this.leases.renew(), this.leaseMs / 3);
    this.scheduler.addInterval('turn-lease-renewal', renewal);
  }

  /**
   * Takes a conversation for one turn.
   *
   * @param abort is aborted with ClaimLostError when the claim is lost while the turn runs
   * @throws ConversationNotFoundError, TurnRunningError or DatabaseUnavailableError
   */
  async claim(conversationId: string, abort: AbortController): Promise<ClaimedConversation> {
    if (this.outcomes.isUnknown(conversationId)) await this.outcomes.settle(conversationId);
    const key = { conversationId, claim: this.ids.next('turn') };
    const found = await this.take(key);
    if (!found) throw errorFor(await this.conversations.obstacle(conversationId), conversationId);
    this.leases.hold(key.claim, () => {
      this.lose(conversationId, abort);
    });
    return { ...key, history: historyOf(found) };
  }

  /**
   * Writes the turn's items and gives the conversation back, in one batch.
   *
   * @param others written in the same batch
   * @throws ClaimLostError or DatabaseUnavailableError, and nothing is written
   * @throws TurnOutcomeUnknownError
   */
  async commit(
    held: ClaimedConversation,
    change: ItemsChange,
    others: readonly Statement[] = [],
  ): Promise<void> {
    const { history } = held;
    this.leases.giveUp(held.claim);
    const sentences = keptItems(history.items, change.removed) + change.added.length;
    const timeToLiveMs = this.timeToLiveMs(sentences, history);
    try {
      const committed = await this.conversations.commitTurn(held, change, timeToLiveMs, others);
      if (!committed) throw new ClaimLostError();
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error;
      const turn = {
        conversationId: held.conversationId,
        claim: held.claim,
        answerId: change.added.at(-1)?.id ?? '',
        timeToLiveMs: this.timeToLiveMs(history.items.length, history),
      };
      if (!(await this.outcomes.find(turn))) throw new DatabaseUnavailableError(error);
    }
  }

  /** Gives the conversation back as it was. If that fails, the lease gives it back when it ends. */
  async release(held: ClaimedConversation): Promise<void> {
    this.leases.giveUp(held.claim);
    if (this.outcomes.isUnknown(held.conversationId)) return;
    try {
      const { history } = held;
      const timeToLiveMs = this.timeToLiveMs(history.items.length, history);
      await this.conversations.release(held, timeToLiveMs);
    } catch (error) {
      this.logger.error(`A claim could not be released: ${String(error)}`);
    }
  }

  /**
   * Gives the conversation back after its last answer was shown to who had not seen it.
   *
   * @param others written in the same batch
   * @throws ClaimLostError or DatabaseUnavailableError, and nothing is written
   */
  async releaseSeen(held: ClaimedConversation, others: readonly Statement[] = []): Promise<void> {
    this.leases.giveUp(held.claim);
    const { history } = held;
    const timeToLiveMs = this.timeToLiveMs(history.items.length, history);
    if (!(await this.conversations.releaseSeen(held, timeToLiveMs, others))) {
      throw new ClaimLostError();
    }
  }

  /** A claim that may have been taken is given back: nobody would renew it. */
  private async take(key: ClaimKey): Promise<StoredConversation | null> {
    try {
      return await this.conversations.claim(key, this.leaseMs);
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error;
      await this.conversations.withdraw(key);
      throw new DatabaseUnavailableError(error);
    }
  }

  private lose(conversationId: string, abort: AbortController): void {
    this.logger.warn({ event: 'turn.claim_lost', conversation: conversationTag(conversationId) });
    abort.abort(new ClaimLostError());
  }

  private timeToLiveMs(sentences: number, { idleMs }: Pick<History, 'idleMs'>): number | null {
    return idleTimeMs(idleMs, this.settings.conversations.ttlSeconds, sentences);
  }
}

function keptItems(items: History['items'], removed: ItemsChange['removed']): number {
  if (!removed) return items.length;
  if ('id' in removed) return items.length - 1;
  return items.filter(({ position }) => position <= removed.afterPosition).length;
}
