import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { ConversationLimits } from '../conversations/conversation-size.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import { toColumns, toItem } from '../conversations/item-mapper.js';
import { ItemsService } from '../conversations/items.service.js';
import { isCompaction } from '../models/item.js';
import { contextOf, type PastItem, type TurnContext } from '../turns/turn-context.js';
import type { TurnSource } from '../turns/turn-engine.js';
import type { CreateResponseParams } from './create-response-params.js';
import { countedPlace } from '../turns/compaction-seal.js';
import { itemsOfOutput } from './output-items.js';
import { ResponseStore } from './response-store.js';
import {
  PreviousResponseNotFoundError,
  PreviousResponseOpenError,
  ResponseChainTooLongError,
} from './responses.errors.js';
import type { ResponseRecord } from './responses.repository.js';

const nothing = { prompt: '', settings: '' as const, humanName: null, aiName: null, sentences: [] };

type Builds = Pick<CreateResponseParams, 'conversationId' | 'previousResponseId'>;

/** Finds what responses build on: a conversation, earlier responses, or nothing. */
@Injectable()
export class ResponseHistory {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly items: ItemsService,
    private readonly store: ResponseStore,
    private readonly limits: ConversationLimits,
  ) {}

  /** @param claim what the conversation is claimed by, if that is to be known */
  sourceOf(
    caller: Caller,
    { conversationId, previousResponseId }: Builds,
    claim?: string,
  ): TurnSource {
    if (conversationId !== null) return { conversationId, claim };
    return { open: () => this.ofResponses(caller, previousResponseId) };
  }

  /**
   * The same without holding anything, for who only wants to count.
   *
   * @throws ConversationNotFoundError or PreviousResponseNotFoundError
   */
  async look(caller: Caller, { conversationId, previousResponseId }: Builds): Promise<TurnContext> {
    if (conversationId === null) return this.ofResponses(caller, previousResponseId);
    const history = await this.conversations.getHistory(caller, conversationId);
    return contextOf(history, null);
  }

  private async ofResponses(
    caller: Caller,
    previousResponseId: string | null,
  ): Promise<TurnContext> {
    const chain =
      previousResponseId === null ? [] : await this.findChain(caller, previousResponseId);
    const [oldest] = chain;
    const before = oldest ? await this.findBefore(caller, oldest) : [];
    const given = chain.flatMap((record, index) => pastOf(record, before.length + index));
    const past = [...before, ...given];
    const model = chain.at(-1)?.body.model ?? null;
    const history = { kind: 'turbo' as const, model, transcript: nothing };
    const affinity = oldest ? await this.affinityOf(caller, oldest) : null;
    const isCompacted = past.some(({ item }) => isCompaction(item));
    return { history, past, isCompacted, stored: past, held: null, turn: 1, position: 1, affinity };
  }

  private async affinityOf(
    caller: Caller,
    { id, conversationId }: ResponseRecord,
  ): Promise<string> {
    return conversationId === null ? id : this.conversations.getAffinity(caller, conversationId);
  }

  /** The responses that build on each other up to one, the oldest first. */
  private async findChain(caller: Caller, id: string): Promise<ResponseRecord[]> {
    const { chainBytes } = this.limits;
    const { responses: chain, isTooLong } = await this.store.findChain(caller, id, chainBytes);
    if (isTooLong) throw new ResponseChainTooLongError(id);
    const [oldest] = chain;
    if (!oldest) throw new PreviousResponseNotFoundError(id);
    if (oldest.previousResponseId !== null) {
      throw new PreviousResponseNotFoundError(oldest.previousResponseId);
    }
    const { status } = chain.at(-1)?.body ?? {};
    if (status !== 'completed' && status !== 'incomplete') {
      throw new PreviousResponseOpenError(id, status);
    }
    return chain;
  }

  /** What was said in the conversation in which the first of the responses was given. */
  private async findBefore(
    caller: Caller,
    { id, conversationId, afterItemId }: ResponseRecord,
  ): Promise<PastItem[]> {
    if (conversationId === null || afterItemId === null) return [];
    const items = await this.items.listUpTo(caller, conversationId, afterItemId);
    if (items.length === 0) throw new PreviousResponseNotFoundError(id);
    return items.map(({ turn, inputTokens, ...item }) => ({
      id: item.id,
      turn,
      position: 0,
      inputTokens,
      bytes: Buffer.byteLength(item.content),
      item: toItem(item),
    }));
  }
}

/** A response as a turn: what it was asked with, and its output. */
function pastOf({ body, origins, input }: ResponseRecord, turn: number): PastItem[] {
  const asked = input.map((item) => ({
    id: item.id,
    turn,
    position: 0,
    inputTokens: null,
    bytes: Buffer.byteLength(item.content),
    item: toItem(item),
  }));
  const output = itemsOfOutput(body, origins).map((said, index) => ({
    id: body.output[index]?.id ?? '',
    turn,
    position: 0,
    inputTokens: index === countedPlace(body.output) ? (body.usage?.input_tokens ?? null) : null,
    bytes: Buffer.byteLength(toColumns(said).content),
    item: said,
  }));
  return [...asked, ...output];
}
