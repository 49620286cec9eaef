import { Injectable } from '@nestjs/common';
import type {
  CompactedResponse,
  ResponseOutputItem,
  ResponseUsage,
} from 'openai/resources/responses/responses';
import type { Caller } from '../auth/caller.js';
import { ConversationLimits, sizeOfConversation } from '../conversations/conversation-size.js';
import { conversationItemIds } from '../conversations/conversation-item-ids.js';
import { newItems } from '../conversations/item-factory.js';
import { TurnClaimsService } from '../conversations/turn-claims.service.js';
import { sinceCompaction } from '../models/compaction.js';
import { isCompaction, isCompactionTrigger, type Item } from '../models/item.js';
import type { Usage } from '../models/model-event.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { IdSource } from '../platform/ids/id-source.js';
import type { JsonObject } from '../platform/json/fields.js';
import { Clock } from '../platform/time/clock.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { isWritten } from '../providers/transcript.js';
import { NothingToCompactError } from '../turns/compaction.errors.js';
import { CompactionsService } from '../turns/compactions.service.js';
import { contextOf, type TurnContext } from '../turns/turn-context.js';
import { defaultUpstream, UpstreamService } from '../upstreams/upstream.service.js';
import type { CreateResponseParams } from './create-response-params.js';
import { ModelRequestBuilder } from './model-request.builder.js';
import { toOpenAiItem } from './openai-item.js';
import { paramsFrom } from './regeneration.js';
import { ResponseHistory } from './response-history.js';
import { toResponseUsage } from './response-run.js';

/** What a caller wants compacted. */
export type CompactParams = Pick<
  CreateResponseParams,
  'model' | 'input' | 'instructions' | 'conversationId' | 'previousResponseId'
>;

/** Keeps a window for who repeats the call. */
export interface RecordWindow {
  /** Adds it to a write. */
  addTo(unitOfWork: UnitOfWork, window: CompactedResponse): void;
  /** Writes it alone. */
  alone(window: CompactedResponse): Promise<void>;
}

/** What became of it. */
interface Made {
  model: string;
  /** The new items of the question. */
  input: readonly Item[];
  compaction: Item;
  /** As it is shown. */
  output: ResponseOutputItem[];
  usage: Usage | null;
}

/** Compacts what was said when a caller asks for it, by the model service or by a summary. */
@Injectable()
export class CompactionService {
  constructor(
    private readonly history: ResponseHistory,
    private readonly requests: ModelRequestBuilder,
    private readonly compactions: CompactionsService,
    private readonly upstream: UpstreamService,
    private readonly claims: TurnClaimsService,
    private readonly limits: ConversationLimits,
    private readonly ids: IdSource,
    private readonly clock: Clock,
  ) {}

  /**
   * Puts what was said into one item. Of a conversation that is kept as a turn of its own, with what
   * was given behind it.
   *
   * @param record adds what is written together with the window: to the conversation's write, or as
   *   one of its own where nothing is kept of it
   * @returns the window to go on from
   * @throws AppError, and the conversation is as it was
   */
  async compact(
    caller: Caller,
    params: CompactParams,
    abort: AbortController,
    record: RecordWindow | null,
  ): Promise<CompactedResponse> {
    const { conversationId } = params;
    if (conversationId !== null) {
      return this.compactConversation(caller, conversationId, params, abort, record);
    }
    const context = await this.history.look(caller, params);
    const window = this.windowOf(await this.make(caller, context, params, abort));
    await record?.alone(window);
    return window;
  }

  private windowOf({ output, usage }: Made): CompactedResponse {
    return {
      id: this.ids.next('resp'),
      object: 'response.compaction',
      created_at: Math.floor(this.clock.now() / 1_000),
      output,
      usage: usage ? toResponseUsage(usage) : nothingCounted,
    };
  }

  private compactConversation(
    caller: Caller,
    conversationId: string,
    params: CompactParams,
    abort: AbortController,
    record: RecordWindow | null,
  ): Promise<CompactedResponse> {
    return this.claims.hold(caller, conversationId, abort, async (held) => {
      const context = contextOf(held.history, held);
      const made = await this.make(caller, context, params, abort);
      const { compaction, input, model } = made;
      const ids = conversationItemIds(this.ids, conversationId);
      const items = newItems([...input, compaction], context, ids);
      const added = items.map((item) =>
        item.kind === 'compaction' ? { ...item, upstream: defaultUpstream, model } : item,
      );
      const { prompt } = context.history.transcript;
      this.limits.check(sizeOfConversation(prompt, context.stored, added));
      const window = this.windowOf(made);
      const unitOfWork = new UnitOfWork();
      record?.addTo(unitOfWork, window);
      await this.claims.commit(held, { added }, unitOfWork);
      return window;
    });
  }

  private async make(
    caller: Caller,
    context: TurnContext,
    asked: CompactParams,
    abort: AbortController,
  ): Promise<Made> {
    const params = { ...paramsFrom(null, ''), ...asked, stream: false };
    const resolved = await this.requests.resolve(caller, context, params);
    // The call itself says it.
    const input = resolved.filter((item) => !isCompactionTrigger(item));
    const opened = this.compactions.openContext(caller, context, input);
    const { model } = this.requests.contextOf(opened.context, params, opened.input);
    if (this.upstream.compactsItself && !isWritten(context.history.kind)) {
      const request = this.requests.buildFor(opened, params)(null);
      const call = { stream: false, abort, affinity: context.affinity };
      const theirs = await this.upstream.compact(request, call);
      if (theirs) {
        const { output, usage, organization } = theirs;
        const compaction = itemOf(output, organization);
        return {
          model,
          input,
          compaction,
          output: unsafeCast<ResponseOutputItem[]>(output),
          usage,
        };
      }
    }
    const { instructions } = asked;
    const made = await this.compactions.compact(
      caller,
      { context, input, model, instructions, isAllSummed: true },
      abort,
    );
    if (!made) throw new NothingToCompactError();
    const { item, usage } = made;
    const whole = [...context.past.map((past) => past.item), ...input];
    return { model, input, compaction: item, output: this.shown(whole, item), usage };
  }

  /** What users said, and the compaction that stands for all of it. */
  private shown(whole: readonly Item[], compaction: Item): ResponseOutputItem[] {
    const users = sinceCompaction(whole).filter(
      (item) => item.type === 'message' && item.role === 'user',
    );
    const items = newItems([...users, compaction], { turn: 1, position: 1 }, this.ids);
    return unsafeCast<ResponseOutputItem[]>(items.map(toOpenAiItem));
  }
}

const nothingCounted: ResponseUsage = toResponseUsage({
  ...{ inputTokens: 0, outputTokens: 0 },
  ...{ cachedTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 },
});

/** The compaction of a model service's output, as it is kept and given back to that service. */
function itemOf(output: readonly JsonObject[], organization: string | null): Item {
  const items = output.map(({ id, ...said }) =>
    unsafeCast<Item>({
      ...said,
      origin: { id: typeof id === 'string' ? id : null, prefix: null, organization },
    }),
  );
  const compaction = items.findLast(isCompaction);
  if (!compaction) throw new TypeError('The model service compacted nothing');
  return compaction;
}
