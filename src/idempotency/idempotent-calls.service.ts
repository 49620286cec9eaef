import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { Response } from 'express';
import { AuthStrategy } from '../auth/auth.strategy.js';
import { defaultCaller, type Caller } from '../auth/caller.js';
import { sha256 } from '../auth/secret-digest.js';
import type { AppError } from '../platform/errors/app.error.js';
import { toAppError } from '../platform/errors/to-app-error.js';
import type { BufferedResponse } from '../platform/http/buffered-response.js';
import { IdSource } from '../platform/ids/id-source.js';
import { Leases } from '../platform/tasks/leases.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import {
  CommitOutcomeUnknownError,
  DatabaseUnavailableError,
} from '../platform/database/database.errors.js';
import { InFlightCalls } from '../platform/lifecycle/in-flight-calls.js';
import {
  AnswerNoLongerKeptError,
  AnswerTooLargeToReplayError,
  IdempotencyKeyLostError,
  IdempotencyKeyReusedError,
  IdempotencyKeyRunningError,
  InvalidIdempotencyKeyError,
} from './idempotency.errors.js';
import { IdempotencyRepository, type EarlierUse, type KeyUse } from './idempotency.repository.js';
import { IdempotentCall } from './idempotent-call.js';

const header = 'idempotency-key';
const validKey = /^[\x20-\x7e]{1,255}$/;

/** What may pass by itself, and the caller that left: the next repeat is done instead. */
const passingStatuses = new Set([401, 408, 409, 413, 429, 499]);
/** When a repeat of a call that is alive may find its answer. */
const soonSeconds = 2;

/** A call that may carry an Idempotency-Key. */
export interface IdempotentRequest {
  /** Method and path: the same key on another route is another one. */
  route: string;
  /** What is asked, as JSON can say it: a repeat must ask the same. */
  asked: unknown;
  response: Response;
  errors: RefusalFormat;
  /** Sends a kept answer in another way than as it was kept. */
  sendAgain?: ((answer: BufferedResponse) => void) | null;
}

/** How an API answers errors. */
interface RefusalFormat {
  answerTo(error: AppError): BufferedResponse;
}

/**
 * Does a call with an Idempotency-Key once: a record is written before it and completed in its own
 * last write, and whoever repeats the call is sent the recorded answer.
 */
@Injectable()
export class IdempotentCallsService implements OnModuleInit {
  private readonly logger = new Logger(IdempotentCallsService.name);
  private readonly leases: Leases;
  private readonly leaseMs: number;

  constructor(
    private readonly records: IdempotencyRepository,
    private readonly strategy: AuthStrategy,
    private readonly inFlightCalls: InFlightCalls,
    private readonly ids: IdSource,
    settings: Settings,
    private readonly tasks: PeriodicTasks,
  ) {
    this.leaseMs = settings.conversations.turnLeaseSeconds * 1_000;
    this.leases = new Leases((claims) => records.renew(claims));
  }

  onModuleInit(): void {
    this.tasks.every(this.leaseMs / 3, 'idempotency-lease-renewal', () => this.leases.renew());
  }

  /**
   * Does the work, or sends its answer again. With a key it goes on when the caller leaves, because
   * a repeat may ask for it; without one, `work` gets null and nothing else happens.
   *
   * @throws InvalidIdempotencyKeyError, IdempotencyKeyReusedError, IdempotencyKeyRunningError,
   *   AnswerTooLargeToReplayError or AnswerNoLongerKeptError, or what the work throws
   */
  run(
    caller: Caller,
    request: IdempotentRequest,
    work: (call: IdempotentCall | null) => Promise<void>,
  ): Promise<void> {
    const { response } = request;
    const key = response.req.headers[header];
    if (key === undefined) return work(null);
    return this.inFlightCalls.runDetached(response, () =>
      this.once(this.useOf(caller, String(key), request), request, work),
    );
  }

  private async once(
    use: KeyUse,
    request: IdempotentRequest,
    work: (call: IdempotentCall) => Promise<void>,
  ): Promise<void> {
    const { response } = request;
    const earlier = await this.take(use);
    if (earlier) {
      this.replay(earlier, use, request);
      return;
    }
    this.leases.hold(use.claim, () => {
      this.inFlightCalls.get(response).abort(new IdempotencyKeyLostError());
    });
    const call = new IdempotentCall(this.records, use);
    try {
      await work(call);
      if (!call.isRecorded) await this.records.delete(use);
    } catch (error) {
      await this.fail(call, use, request, toAppError(error));
      throw error;
    } finally {
      this.leases.release(use.claim);
    }
  }

  /** @throws InvalidIdempotencyKeyError */
  private useOf(
    caller: Caller,
    key: string,
    { route, asked, response }: IdempotentRequest,
  ): KeyUse {
    if (!validKey.test(key)) throw new InvalidIdempotencyKeyError();
    const credential = this.strategy.credentialOf(response.req.headers);
    // The default caller's are as they were before there were others, so that an upgrade forgets none.
    const owner = caller.id === defaultCaller.id ? [] : [caller.id];
    return {
      ownerId: caller.id,
      scope: sha256([route, credential, key, ...owner].join('\n')).toString('hex'),
      bodyHash: sha256(JSON.stringify(asked)).toString('hex'),
      claim: this.ids.next('turn'),
    };
  }

  /** @returns null when the key is this call's now */
  private async take(use: KeyUse): Promise<EarlierUse | null> {
    for (;;) {
      if (await this.isTaken(use)) return null;
      const earlier = await this.records.find(use);
      // It may have been forgotten, or its lease run out, between the two.
      if (earlier) return earlier;
    }
  }

  /** A key that may have been taken is given back: nobody would renew it. */
  private async isTaken(use: KeyUse): Promise<boolean> {
    try {
      return await this.records.take(use);
    } catch (error) {
      if (!(error instanceof CommitOutcomeUnknownError)) throw error;
      await this.records.delete(use);
      throw new DatabaseUnavailableError(error);
    }
  }

  private replay(
    earlier: EarlierUse,
    { bodyHash }: KeyUse,
    { response, sendAgain }: IdempotentRequest,
  ): void {
    if (earlier.bodyHash !== bodyHash) throw new IdempotencyKeyReusedError();
    if (earlier.type === 'running') {
      throw new IdempotencyKeyRunningError(this.secondsToWait(earlier.leaseMs));
    }
    if (earlier.type === 'not-kept') throw refusalOf(earlier.reason);
    response.setHeader('idempotency-replayed', 'true');
    if (sendAgain) {
      sendAgain(earlier.answer);
      return;
    }
    const { status, headers, body } = earlier.answer;
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.status(status).end(body);
  }

  /** A lease under half of its time was not renewed when it should: its process may be dead. */
  private secondsToWait(leaseMs: number): number {
    return leaseMs > this.leaseMs / 2 ? soonSeconds : Math.max(1, Math.ceil(leaseMs / 1_000));
  }

  /** Before the caller hears of it, so that its repeat finds either the answer or no record. */
  private async fail(
    call: IdempotentCall,
    use: KeyUse,
    request: IdempotentRequest,
    error: AppError,
  ): Promise<void> {
    const { response, errors } = request;
    try {
      // A stream that has begun cannot be sent again as a refusal.
      if (isLasting(error) && !response.headersSent) await call.saveAnswer(errors.answerTo(error));
      else await this.records.delete(use);
    } catch (failure) {
      // The lease, which is no longer renewed, gives the key back.
      this.logger.error(`An Idempotency-Key could not be given back: ${String(failure)}`);
    }
  }
}

function refusalOf(reason: 'too-large' | 'dropped'): AppError {
  return reason === 'dropped' ? new AnswerNoLongerKeptError() : new AnswerTooLargeToReplayError();
}

function isLasting({ status }: AppError): boolean {
  return status >= 400 && status < 500 && !passingStatuses.has(status);
}
