import type { AppError } from '../errors/app.error.js';

/** The request that a response answers, or that a call was made for, for whoever has only those. */
const records = new WeakMap<object, RequestRecord>();

/**
 * What becomes known of one request on its way, for its metrics and its line in the log. Only what
 * may be in a log gets in.
 */
export class RequestRecord {
  private readonly startedAt = performance.now();
  /** Milliseconds until the first piece of a model's answer. */
  firstPieceMs: number | null = null;
  /** The conversation's tag, where a turn of it was asked for. */
  conversation: string | null = null;
  /** What the upstream calls its last answer. */
  upstreamRequestId: string | null = null;
  inputTokens = 0;
  outputTokens = 0;
  /** What the request failed with. */
  error: { code: string; status: number } | null = null;

  static begin(response: object): RequestRecord {
    const record = new RequestRecord();
    records.set(response, record);
    return record;
  }

  /** @param subject a response, or what ends the call that is made for it */
  static of(subject: object): RequestRecord | undefined {
    return records.get(subject);
  }

  /** What is learnt of this call belongs to the request. */
  follow(call: AbortController): void {
    records.set(call, this);
  }

  /** Milliseconds since the request came. */
  elapsedMs(): number {
    return performance.now() - this.startedAt;
  }

  firstPiece(): void {
    this.firstPieceMs ??= this.elapsedMs();
  }

  /** Tokens that the upstream charged for. */
  count(inputTokens: number, outputTokens: number): void {
    this.inputTokens += inputTokens;
    this.outputTokens += outputTokens;
  }

  /** @param conversation its tag */
  isAbout(conversation: string): void {
    this.conversation = conversation;
  }

  /** @param status the answer's */
  failed({ code }: AppError, status: number): void {
    this.error = { code, status };
  }
}
