import type { Statement } from '../platform/database/database.js';
import type { EndedAnswer } from './ended-answer.js';
import { IdempotencyKeyLostError } from './idempotency.errors.js';
import {
  forget,
  keepAnswer,
  type IdempotencyRepository,
  type KeyUse,
} from './idempotency.repository.js';

/** A call under an Idempotency-Key, while it runs: how its answer is kept for repeats. */
export class IdempotentCall {
  private kept = false;

  constructor(
    private readonly records: IdempotencyRepository,
    private readonly use: KeyUse,
  ) {}

  /** Whether its answer is kept, as far as the write came about that it belongs to. */
  get isKept(): boolean {
    return this.kept;
  }

  /**
   * The statement that keeps the answer. It belongs at the end of the write that the call ends with:
   * when the key is lost it misses, and then nothing of the call is kept either.
   */
  keeping(answer: EndedAnswer): Statement {
    this.kept = true;
    return keepAnswer(this.use, answer);
  }

  /** Keeps the answer of a call that writes nothing else. @throws IdempotencyKeyLostError */
  async keep(answer: EndedAnswer): Promise<void> {
    if (!(await this.records.write(this.keeping(answer)))) throw new IdempotencyKeyLostError();
  }

  /** The statement that forgets the call, so that a repeat is done; nothing where an answer is kept. */
  forgetting(): Statement {
    return forget(this.use);
  }
}
