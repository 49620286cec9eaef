import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { CompactionItem, Item } from '../models/item.js';
import { isJsonObject } from '../platform/json/fields.js';
import { isWritten } from '../providers/transcript.js';
import { CompactionsService } from '../turns/compactions.service.js';
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
   * @returns null where it is not wanted, or short enough, or nothing is left to be summed up
   * @throws like {@link CompactionsService.compact}
   */
  async compact(
    caller: Caller,
    { context, input, params, contextInput, abort }: LongQuestion,
  ): Promise<Shortened | null> {
    const wanted = wantedOf(params.contextManagement ?? []);
    if (!wanted || (this.upstream.compactsItself && !isWritten(context.history.kind))) return null;
    if (!this.contextWindow.exceeds(contextInput, wanted.threshold)) return null;
    const { model } = contextInput;
    const toCompact = { context, input, model, instructions: null, isAllSummed: false };
    const made = await this.compactions.compact(caller, toCompact, abort);
    if (!made) return null;
    const told = this.compactions.told(caller, context, [...input, made.item]);
    return {
      item: made.item,
      contextInput: this.requests.contextOf(told.context, params, told.input),
      request: this.requests.buildFor(told, params),
    };
  }
}

/** @returns from how many tokens on; null there is as many as the model takes */
function wantedOf(management: readonly unknown[]): { threshold: number | null } | null {
  const rule = management.filter(isJsonObject).find(({ type }) => type === 'compaction');
  if (!rule) return null;
  const { compact_threshold: threshold } = rule;
  return { threshold: typeof threshold === 'number' ? threshold : null };
}
