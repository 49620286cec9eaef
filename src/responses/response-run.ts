import type { IdSource } from '../platform/ids/id-source.js';
import { UpstreamError, type AppError } from '../platform/errors/app.error.js';
import type { Clock } from '../platform/time/clock.js';
import type { ResponseUsage } from 'openai/resources/responses/responses';
import type { CompactionItem } from '../models/item.js';
import type { AnswerEnd, FinishReason, ModelEvent, Usage } from '../models/model-event.js';
import type { TurnSink } from '../turns/turn-engine.js';
import type { Sink } from '../upstreams/sink.js';
import { EmptyAnswerError, UpstreamFailedError } from '../upstreams/upstream.errors.js';
import { AllowedCalls } from './allowed-tools.js';
import type { Origins } from './output-items.js';
import { ResponseStreamBuilder } from './response-stream.builder.js';
import {
  finalEventOf,
  toResponseBody,
  trimmedBy,
  type ResponseBody,
  type ResponseEvent,
  type ResponseEnvelope,
} from './response-body.js';

/** One response from its first event to its last, numbered from 0. */
export class ResponseRun implements TurnSink<ResponseBody> {
  private readonly assembly: ResponseStreamBuilder;
  /** Null where the model may call every tool. */
  private readonly allowed: AllowedCalls | null;
  private nextNumber = 0;
  private originsOfEnd: Origins = {};
  private begun = false;
  /** To be told once the answer begins. */
  private compaction: CompactionItem | null = null;
  /** Of a reader that is slow: more is to wait for it. */
  private waiting: Promise<void> | undefined;

  /**
   * @param longest characters of its output
   * @param take takes the events; nobody does when the answer is wanted in one
   */
  constructor(
    private frame: ResponseEnvelope,
    ids: IdSource,
    private readonly clock: Clock,
    longest: number,
    private readonly take: Sink<ResponseEvent> | null,
  ) {
    this.allowed = AllowedCalls.of(frame);
    this.assembly = new ResponseStreamBuilder(
      ids,
      (event) => {
        this.emit(event);
      },
      () => this.number(),
      longest,
    );
  }

  /** Whether events were sent, so that a failure must be one too. */
  get hasBegun(): boolean {
    return this.begun && this.take !== null;
  }

  /** What is to go back to who made its output, once it is complete. */
  get origins(): Origins {
    return this.originsOfEnd;
  }

  /** So many turns of the history are left out, which its metadata says where there is room. */
  trim(turns: number): void {
    this.frame = trimmedBy(turns, this.frame);
  }

  /** What was said before was summed up, which is told before anything of the answer. */
  async compact(item: CompactionItem): Promise<void> {
    if (this.begun) this.assembly.addCompaction(item);
    else this.compaction = item;
    await this.waited();
  }

  /** What was said before was to be summed up, and nothing else. */
  async answerCompaction({
    item,
    usage,
  }: {
    item: CompactionItem;
    usage: Usage | null;
  }): Promise<ResponseBody> {
    this.begin();
    this.assembly.addCompaction(item, true);
    await this.waited();
    return this.finish({ finish: 'stop', usage });
  }

  /** The response before its end. */
  running(): ResponseBody {
    return toResponseBody(this.frame, { status: 'in_progress' });
  }

  /** Tells that it runs, before anything of the answer came. */
  async start(): Promise<void> {
    this.begin();
    await this.waited();
  }

  /** Takes what the model says. */
  write(events: readonly ModelEvent[]): Promise<void> | undefined {
    this.begin();
    for (const event of events) {
      if (this.allowed?.allows(event) ?? true) this.assembly.add(event);
    }
    return this.waited();
  }

  /**
   * The answer is complete: ends its items.
   *
   * @returns the response as it is to be kept before {@link end} tells of it
   * @throws EmptyAnswerError when nothing was said, UpstreamFailedError when that has no meaning
   */
  finish({ finish, usage, organization = null, remarks = {} }: AnswerEnd): ResponseBody {
    const { assembly } = this;
    const incompleteReason = incompleteReasonOf(finish);
    const status = incompleteReason === null ? 'completed' : 'incomplete';
    if (incompleteReason === null) {
      if (assembly.isEmpty) throw new EmptyAnswerError();
      if (assembly.hasNamelessCall) throw new UpstreamFailedError();
    }
    this.originsOfEnd = Object.fromEntries(
      [...assembly.origins].map(([id, origin]) => [id, { ...origin, organization }]),
    );
    return toResponseBody(this.frame, {
      status,
      completedAt: this.clock.now(),
      output: assembly.finish(status),
      usage: usage && toResponseUsage(usage),
      incompleteReason,
      remarks,
    });
  }

  /** Tells of the ended response, once it is kept. */
  async end(response: ResponseBody): Promise<void> {
    this.emit(finalEventOf(response, this.number()));
    await this.waited();
  }

  /** The response as it failed. */
  failed(error: AppError): ResponseBody {
    return toResponseBody(this.frame, {
      status: 'failed',
      code: error.status === 429 ? 'rate_limit_exceeded' : 'server_error',
      message: error instanceof UpstreamError || error.status < 500 ? error.detail : error.title,
    });
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    const response = this.running();
    this.emit({ type: 'response.created', response, sequence_number: this.number() });
    this.emit({ type: 'response.in_progress', response, sequence_number: this.number() });
    if (this.compaction) this.assembly.addCompaction(this.compaction);
  }

  private waited(): Promise<void> | undefined {
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }

  private number(): number {
    this.nextNumber += 1;
    return this.nextNumber - 1;
  }

  private emit(event: ResponseEvent): void {
    const taken = this.take?.(event);
    if (!taken) return;
    this.waiting = this.waiting ? Promise.all([this.waiting, taken]).then(() => undefined) : taken;
  }
}

/** What was counted, as callers of the OpenAI API know it. */
export function toResponseUsage(usage: Usage): ResponseUsage {
  const { inputTokens, outputTokens, cachedTokens, cacheWriteTokens, reasoningTokens } = usage;
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: inputTokens + outputTokens,
  };
}

function incompleteReasonOf(finish: FinishReason) {
  switch (finish) {
    case 'length':
      return 'max_output_tokens' as const;
    case 'content_filter':
      return 'content_filter' as const;
    case 'stop':
      return null;
  }
}
