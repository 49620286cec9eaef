import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { isCompactionTrigger, type CompactionItem, type Item } from '../models/item.js';
import { isJsonObject } from '../platform/json/fields.js';
import { isWritten } from '../providers/transcript.js';
import { NothingToCompactError } from '../turns/compaction.errors.js';
import { CompactionsService, type MadeCompaction } from '../turns/compactions.service.js';
import { ContextWindowService, type ContextInput } from '../turns/context-window.service.js';
import type { TurnContext } from '../turns/turn-context.js';
import type { TurnPlan } from '../turns/turn-engine.js';
import { UpstreamService } from '../upstreams/upstream.service.js';
import type { CreateResponseParams } from './create-response-params.js';
import { ModelRequestBuilder } from './model-request.builder.js';

/** A question that may be behind too much. */
interface LongQuestion {
  context: TurnContext;
  input: readonly Item[];
  params: CreateResponseParams;
  /** What its model is told as it is. */
  contextInput: ContextInput;
  abort: AbortController;
}

/** What is to be summed up. */
type Triggered = Pick<LongQuestion, 'context' | 'input' | 'contextInput' | 'abort'>;

/** What is told in its place. */
type Shortened = Pick<TurnPlan<unknown>, 'contextInput' | 'request'> & { item: CompactionItem };

/**
 * Compacts what a response would be asked with, where its `context_management` wants that and the
 * model service does not do it by itself.
 */
@Injectable()
export class AutomaticCompaction {
  constructor(
    private readonly compactions: CompactionsService,
    private readonly contextWindow: ContextWindowService,
    private readonly requests: ModelRequestBuilder,
    private readonly upstream: UpstreamService,
  ) {}

  /**
   * Compacts what was said, all of it, where the last item of a question asks for that and the model
   * service does not do it by itself.
   *
   * @returns how; null where the model service is to be asked
   */
  triggered(
    caller: Caller,
    { context, input, contextInput, abort }: Triggered,
  ): (() => Promise<MadeCompaction>) | null {
    const last = input.at(-1);
    if (!last || !isCompactionTrigger(last) || this.isTheirs(context)) return null;
    const { model } = contextInput;
    const toCompact = {
      ...{ context, model, instructions: null, isAllSummed: true },
      input: input.slice(0, -1),
    };
    return async () => {
      const made = await this.compactions.compact(caller, toCompact, abort);
      if (!made) throw new NothingToCompactError();
      return made;
    };
  }

  /**
   * @returns null where it is not wanted, or short enough, or nothing is left to be summed up
   * @throws like {@link CompactionsService.compact}
   */
  async compact(
    caller: Caller,
    { context, input, params, contextInput, abort }: LongQuestion,
  ): Promise<Shortened | null> {
    const wanted = wantedOf(params.contextManagement ?? []);
    if (!wanted || this.isTheirs(context)) return null;
    if (!this.contextWindow.exceeds(contextInput, wanted.threshold)) return null;
    const { model } = contextInput;
    const toCompact = { context, input, model, instructions: null, isAllSummed: false };
    const made = await this.compactions.compact(caller, toCompact, abort);
    if (!made) return null;
    const opened = this.compactions.openContext(caller, context, [...input, made.item]);
    return {
      item: made.item,
      contextInput: this.requests.contextOf(opened.context, params, opened.input),
      request: this.requests.buildFor(opened, params),
    };
  }

  /** Whether the model service compacts it by itself. Texts are ours to sum up. */
  private isTheirs({ history }: TurnContext): boolean {
    return this.upstream.compactsItself && !isWritten(history.kind);
  }
}

/** @returns from how many tokens on; null there is as many as the model takes */
function wantedOf(management: readonly unknown[]): { threshold: number | null } | null {
  const rule = management.filter(isJsonObject).find(({ type }) => type === 'compaction');
  if (!rule) return null;
  const { compact_threshold: threshold } = rule;
  return { threshold: typeof threshold === 'number' ? threshold : null };
}
