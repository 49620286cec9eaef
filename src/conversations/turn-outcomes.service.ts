import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as pause } from 'node:timers/promises';
import { conversationTag } from '../platform/telemetry/conversation-tag.js';
import { TurnOutcomeUnknownError } from './conversations.errors.js';
import { textOf } from './history-cache.js';
import {
  TurnClaimsRepository,
  type CommittedTurn,
  type ConversationKey,
} from './turn-claims.repository.js';

/** How long a caller waits for the database to say whether its turn was kept. */
const patienceMs = 5_000;
const lookAgainMs = 200;
/** When no caller waits any more. */
const lookLaterMs = 1_000;

/**
 * Turns whose COMMIT was sent and never answered. Each is looked up by the id of its answer before
 * anything is said of it. Where that takes too long the caller hears so, and this process frees the
 * conversation as soon as the database is back.
 */
@Injectable()
export class TurnOutcomesService implements OnApplicationShutdown {
  private readonly logger = new Logger(TurnOutcomesService.name);
  /** By conversation, as {@link textOf} names it: those whose callers were told that nobody knows. */
  private readonly unknown = new Map<string, CommittedTurn>();
  private readonly stopped = new AbortController();

  constructor(private readonly claims: TurnClaimsRepository) {}

  /**
   * Whether the turn is kept; if not, its conversation is free again.
   *
   * @throws TurnOutcomeUnknownError when it cannot be read for 5 s
   */
  async find(turn: CommittedTurn): Promise<boolean> {
    const lastLook = performance.now() + patienceMs;
    let reason = 'the database does not answer';
    while (performance.now() < lastLook) {
      try {
        const isKept = await withinPatience(this.claims.settle(turn), lastLook);
        if (isKept !== null) return isKept;
      } catch (error) {
        reason = String(error);
        await pause(lookAgainMs);
      }
    }
    this.logger.error({
      event: 'turn.outcome_unknown',
      conversation: conversationTag(turn.conversationId),
      reason,
    });
    if (this.unknown.size === 0) void this.lookLater();
    this.unknown.set(textOf(turn), turn);
    throw new TurnOutcomeUnknownError();
  }

  /** Whether the last turn of the conversation may be kept or not, as far as this process knows. */
  isUnknown(key: ConversationKey): boolean {
    return this.unknown.size > 0 && this.unknown.has(textOf(key));
  }

  /**
   * Frees the conversation at once, for a new turn. That waits for a commit that the server is still
   * at, and leaves nothing that could be committed afterwards.
   *
   * @throws DatabaseUnavailableError
   */
  async settle(key: ConversationKey): Promise<void> {
    const conversation = textOf(key);
    const turn = this.unknown.get(conversation);
    if (!turn) return;
    await this.claims.release(turn, turn.timeToLiveMs);
    // By now it may be another turn that nobody knows of.
    if (this.unknown.get(conversation) === turn) this.unknown.delete(conversation);
  }

  onApplicationShutdown(): void {
    this.stopped.abort();
  }

  private async lookLater(): Promise<void> {
    const { signal } = this.stopped;
    do {
      await pause(lookLaterMs, undefined, { signal, ref: false }).catch(() => undefined);
      for (const turn of this.unknown.values()) {
        if (signal.aborted || !(await this.isSettled(turn))) break;
      }
    } while (this.unknown.size > 0 && !signal.aborted);
  }

  private async isSettled(turn: CommittedTurn): Promise<boolean> {
    try {
      await this.settle(turn);
      return true;
    } catch {
      // Logged when its caller was told; the next look may succeed.
      return false;
    }
  }
}

/** @returns null when the look takes longer than anyone waits; it goes on, and may still settle it */
async function withinPatience<Result>(
  look: Promise<Result>,
  lastLook: number,
): Promise<Result | null> {
  const found = new AbortController();
  const { signal } = found;
  try {
    const patience = pause(lastLook - performance.now(), null, { signal });
    return await Promise.race([look, patience]);
  } finally {
    found.abort();
    look.catch(() => undefined);
  }
}
