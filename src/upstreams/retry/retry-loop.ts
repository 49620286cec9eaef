import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { AppError } from '../../platform/errors/app.error.js';
import type { Clock } from '../../platform/time/clock.js';
import type { ApiKey, KeySelection, KeyPool } from '../../keys/key-pool.js';
import type { CallAction } from '../../keys/key-policy.js';
import type { AttemptOutcome, AttemptReport } from '../../keys/attempt-outcome.js';
import {
  classify,
  describeError,
  fencedReason,
  isAnswer,
  outcomeOf,
  type CallFailure,
} from './call-failure.js';
import type { CallWatch } from '../transport/call-watch.js';
import { failedError, lacksModel, traitsOf } from './failure-cause.js';
import { acquireKey, type KeySearch } from './key-search.js';
import type { KnownModels } from './known-models.js';
import type { Usage } from '../../models/model-event.js';
import type { Sink } from '../sink.js';
import { AnswerTooLargeError } from '../transport/answer-limits.js';
import { redactRefusal } from '../transport/redact.js';
import { RetryBudget } from './retry-budget.js';
import { UpstreamBreaker } from './upstream-breaker.js';
import type { UpstreamMetrics } from '../upstream-metrics.js';
import { noteRequestId } from '../upstream-request-id.js';
import type { UpstreamState } from '../upstream-state.js';
import {
  ModelMissingError,
  UpstreamAnswerTooLargeError,
  UnknownModelError,
  UpstreamDownError,
  UpstreamFailedError,
  UpstreamRefusedError,
  UpstreamRejectsAllError,
  UpstreamTimeoutError,
} from '../upstream.errors.js';

/** One way of asking, tried with key after key. */
export interface UpstreamOperation<Piece> {
  /** Sends it with one key. @returns what the upstream counted for a complete answer */
  send(key: ApiKey, write: Sink<Piece>): Promise<Usage | null>;
  /** The same for questions that ask the same. */
  digest(): string;
  /** Whether a refusal taught to ask differently, so that the same key is worth another try. */
  adapt(refusal: CallFailure & { type: 'request' }, thrown: unknown): boolean;
}

const maxAttempts = 3;
const firstBackoffMs = 100;

/**
 * Moves a call from key to key and from attempt to attempt until an answer begins. A key's refusal
 * costs the call nothing; the upstream's faults are tried again a few times, with pauses.
 */
export class RetryLoop {
  private readonly logger = new Logger('Upstream');
  private readonly budget = new RetryBudget();
  private readonly breaker = new UpstreamBreaker();

  constructor(
    private readonly keys: KeyPool,
    private readonly models: KnownModels,
    private readonly state: UpstreamState,
    private readonly clock: Clock,
    private readonly metrics: UpstreamMetrics,
  ) {}

  /**
   * Asks until an answer comes; nothing is asked again once a piece of it came.
   *
   * @throws AppError saying why there is none, or the reason that the call was ended with
   */
  async ask<Piece>(
    operation: UpstreamOperation<Piece>,
    search: KeySearch,
    write: Sink<Piece>,
  ): Promise<void> {
    let refused: { thrown: unknown; key: ApiKey } | null = null;
    for (let faults = 0; ;) {
      this.checkBreaker();
      const key = await acquireKey(this.keys, search, (outcome) =>
        this.blame(outcome, search.call.model, refused),
      );
      const attempt = await this.attempt(operation, key, search, write);
      if (attempt.succeeded) return;
      const { failure, thrown, next } = attempt;
      if (failure.type === 'fault' && faults === 0) {
        this.breaker.failed(this.clock.monotonic(), operation.digest());
      }
      if (next === 'next-key') {
        refused = { thrown, key };
        continue;
      }
      faults += 1;
      const isOver = next === 'fail' || faults === maxAttempts || !this.budget.spend();
      if (isOver) throw this.errorFor(failure, thrown, key, search);
      await this.backOff(faults, search.watch);
    }
  }

  /** What the caller is told when every key that was asked refused the call in the same way. */
  private blame(
    outcome: AttemptOutcome['type'],
    model: string,
    refused: { thrown: unknown; key: ApiKey } | null,
  ) {
    if (!refused) return new UpstreamFailedError();
    const { thrown, key } = refused;
    this.logger.warn({
      event: 'upstream.all_refused',
      signal: outcome,
      ...traitsOf(thrown, key.secret),
    });
    if (outcome === 'rejected') return new UpstreamRejectsAllError();
    const reason = isAnswer(thrown) ? thrown.reason : 'it gave no reason';
    if (outcome === 'model-not-found') {
      if (this.models.isConfigured(model)) return new ModelMissingError(model);
      return new UnknownModelError(redactRefusal(reason, key.secret));
    }
    return refusalOf({ reason, parameter: null, code: null }, thrown, key.secret);
  }

  /** What the caller is told of a failure, and the log of one that is not the caller's. */
  private errorFor(
    failure: CallFailure,
    thrown: unknown,
    key: ApiKey,
    { call, watch }: KeySearch,
  ): unknown {
    if (watch.signal.aborted) return this.endOf(watch);
    if (thrown instanceof AppError) return thrown;
    if (thrown instanceof AnswerTooLargeError) return new UpstreamAnswerTooLargeError();
    const isConfigured = this.models.isConfigured(call.model);
    if (!isConfigured && lacksModel(thrown, call.model)) {
      return new UnknownModelError(redactRefusal(thrown.reason, key.secret));
    }
    switch (failure.type) {
      case 'timeout':
        this.state.failure = new UpstreamTimeoutError('idle');
        return this.state.failure;
      case 'request':
        return refusalOf(failure, thrown, key.secret);
      case 'unknown-model':
        return new UnknownModelError(redactRefusal(failure.reason, key.secret));
      case 'fenced':
        this.logger.warn({ event: 'upstream.fenced', ...traitsOf(thrown, key.secret) });
        return new UpstreamRefusedError(fencedReason);
      default:
    }
    const error =
      failure.type === 'region-blocked'
        ? new UpstreamRejectsAllError()
        : failedError(thrown, isConfigured ? call.model : null);
    this.state.failure = error;
    this.logger.warn({
      event: 'upstream.failed',
      error: error.code,
      ...traitsOf(thrown, key.secret),
    });
    return error;
  }

  /**
   * One key, asked again only to leave out a parameter that the model refuses.
   *
   * @throws the error for the caller when it failed after its first piece, or was ended
   */
  private async attempt<Piece>(
    operation: UpstreamOperation<Piece>,
    key: ApiKey,
    search: KeySearch,
    write: Sink<Piece>,
  ) {
    const { call, watch } = search;
    const progress = { begun: false };
    const begin = (): void => {
      if (progress.begun) return;
      progress.begun = true;
      this.reportSucceeded(call, key);
      watch.record?.firstPiece();
    };
    const writeReported: Sink<Piece> = (piece) => {
      begin();
      return write(piece);
    };
    for (;;) {
      const beganAt = performance.now();
      try {
        const usage = await operation.send(key, writeReported);
        begin();
        if (usage) this.countTokens(usage, key, watch);
        this.metrics.answered(call.model, beganAt, usage);
        return { succeeded: true as const };
      } catch (thrown) {
        watch.came();
        if (isAnswer(thrown)) noteRequestId(watch, thrown.headers, key.secret);
        const failure = classify(thrown, this.models.has(call.model));
        if (progress.begun) {
          this.reportBrokenOff(thrown, key, search);
          throw this.errorFor(failure, thrown, key, search);
        }
        if (watch.signal.aborted) this.reportEnd(key, search);
        watch.throwIfEnded();
        if (failure.type === 'request' && operation.adapt(failure, thrown)) continue;
        const next = this.reportFailure(failure, thrown, key, search);
        return { succeeded: false as const, failure, thrown, next };
      }
    }
  }

  private reportSucceeded(call: KeySelection, key: ApiKey): void {
    this.report(call, key, { outcome: { type: 'served' } });
    this.breaker.answered();
    this.budget.earn();
    this.state.failure = null;
  }

  /** The call was ended while its request ran. */
  private reportEnd(key: ApiKey, { call, watch }: KeySearch): void {
    const reason: unknown = watch.signal.reason;
    const isTimeout = reason instanceof UpstreamTimeoutError;
    if (isTimeout) this.state.failure = reason;
    this.report(call, key, { outcome: { type: isTimeout ? 'timeout' : 'abandoned' } });
  }

  /** Why the call was ended after its answer had begun. */
  private endOf({ signal }: CallWatch): unknown {
    const reason: unknown = signal.reason;
    // A caller that reads slowly takes up the time of the whole call.
    const isSilence = reason instanceof UpstreamTimeoutError && reason.limit !== 'whole call';
    if (isSilence) this.state.failure = reason;
    return reason;
  }

  private reportFailure(
    failure: CallFailure,
    thrown: unknown,
    key: ApiKey,
    { call }: KeySearch,
  ): CallAction {
    const outcome = outcomeOf(failure);
    // It is there; a caller who gets odd answers must not shut it for the others.
    const isThere = isAnswer(thrown) || failure.type === 'unserved';
    if (isThere && failure.type !== 'fault') this.breaker.answered();
    if (failure.type === 'key') {
      this.logger.log({
        event: 'upstream.key_refused',
        signal: outcome.type,
        ...traitsOf(thrown, key.secret),
      });
    }
    const isAboutKeyOrUpstream =
      outcome.type !== 'request-refused' && outcome.type !== 'unknown-model';
    const error = isAboutKeyOrUpstream ? { error: describeError(thrown) } : {};
    return this.report(call, key, { outcome, ...error });
  }

  private report(call: KeySelection, key: ApiKey, report: AttemptReport): CallAction {
    this.metrics.attempted(call.model, report.outcome.type);
    return this.keys.report(call, key, report);
  }

  /** The answer failed after it had begun; a call that was ended on this side did not. */
  private reportBrokenOff(thrown: unknown, key: ApiKey, { call, watch }: KeySearch): void {
    if (watch.signal.aborted) return;
    this.metrics.attempted(call.model, 'broken-off');
    this.keys.recordFailure(key, describeError(thrown));
  }

  private countTokens({ inputTokens, outputTokens }: Usage, key: ApiKey, watch: CallWatch): void {
    this.keys.recordTokens(key, inputTokens, outputTokens);
    watch.record?.count(inputTokens, outputTokens);
  }

  private checkBreaker(): void {
    const waitMs = this.breaker.waitMs(this.clock.monotonic());
    if (waitMs > 0) throw new UpstreamDownError(Math.ceil(waitMs / 1_000));
  }

  /** Full jitter, so that calls that failed together do not come back together. */
  private async backOff(faults: number, watch: CallWatch): Promise<void> {
    const longestMs = firstBackoffMs * 2 ** (faults - 1);
    await pause(Math.random() * longestMs, undefined, { signal: watch.signal }).catch(() => {
      watch.throwIfEnded();
    });
  }
}

/** The upstream's own reason, and what else it says about the caller's fault. */
function refusalOf(
  { reason, parameter, code }: { reason: string; parameter: string | null; code: string | null },
  thrown: unknown,
  secret: string,
): UpstreamRefusedError {
  return new UpstreamRefusedError(redactRefusal(reason, secret), {
    parameter: parameter === null ? null : redactRefusal(parameter, secret),
    code: code ?? (isAnswer(thrown) && thrown.code ? redactRefusal(thrown.code, secret) : null),
  });
}
