import type { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { EndedAnswer } from './ended-answer.js';
import { IdempotencyKeyLostError } from './idempotency.errors.js';
import {
  discard,
  recordAnswer,
  type IdempotencyRepository,
  type KeyUse,
} from './idempotency.repository.js';

/** A call under an Idempotency-Key, while it runs: how its answer is recorded for repeats. */
export class IdempotentCall {
  private recorded = false;

  constructor(
    private readonly records: IdempotencyRepository,
    private readonly use: KeyUse,
  ) {}

  /** Whether its answer is recorded, as far as the write came about that it belongs to. */
  get isRecorded(): boolean {
    return this.recorded;
  }

  /**
   * Records the answer with the write that the call ends with, to which it is added last: when the
   * key is lost, nothing of the call is kept either.
   */
  recordAnswer(unitOfWork: UnitOfWork, answer: EndedAnswer): void {
    this.recorded = true;
    unitOfWork.add(recordAnswer(this.use, answer));
  }

  /** Records the answer of a call that writes nothing else. @throws IdempotencyKeyLostError */
  async saveAnswer(answer: EndedAnswer): Promise<void> {
    this.recorded = true;
    if (!(await this.records.saveAnswer(this.use, answer))) throw new IdempotencyKeyLostError();
  }

  /** Forgets the call with the write that it ends with, so that a repeat is done. */
  discard(unitOfWork: UnitOfWork): void {
    unitOfWork.add(discard(this.use));
  }
}
