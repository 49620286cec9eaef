import { Injectable } from '@nestjs/common';
import type { UnitOfWork } from '../platform/database/unit-of-work.js';
import type { Caller } from '../auth/caller.js';
import { ConversationLimits, sizeOfConversation } from '../conversations/conversation-size.js';
import { ClaimLostError } from '../conversations/conversations.errors.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import type { History } from '../conversations/history.js';
import { bodyOf, toBody, toColumns } from '../conversations/item-mapper.js';
import type { ItemsChange } from '../conversations/items.repository.js';
import { ItemsService } from '../conversations/items.service.js';
import {
  TurnClaimsService,
  type ClaimedConversation,
} from '../conversations/turn-claims.service.js';
import type { CountedItem } from '../models/tokens-per-byte.js';
import { outputBodies } from './output-bodies.js';
import {
  PreviousResponseNotFoundError,
  PreviousResponseOpenError,
  ResponseChainTooLongError,
} from './responses.errors.js';
import type { ResponseRecord } from './responses.repository.js';
import { ResponseStore } from './response-store.js';
import type { CreateResponseParams } from './create-response-params.js';

/** An item that a response builds on. */
export interface PastItem extends CountedItem {
  id: string;
  /** In its conversation; 0 elsewhere. */
  position: number;
  /** Of its content as it is stored. */
  bytes: number;
}

/** What a response builds on: a conversation that it holds, earlier responses, or nothing. */
export interface ResponseGround {
  history: Pick<History, 'kind' | 'model' | 'transcript'>;
  past: readonly PastItem[];
  /** The conversation's, while it is held for this response. */
  held: ClaimedConversation | null;
  /** Where the new items begin. */
  turn: number;
  position: number;
  /** Whose key asks best: the conversation's, or that of the first response; null is anyone's. */
  affinity: string | null;
}

const nothing = { prompt: '', settings: '' as const, humanName: null, aiName: null, sentences: [] };

/** Finds what responses build on, and writes what becomes of it. */
@Injectable()
export class ResponseGroundsService {
  constructor(
    private readonly claims: TurnClaimsService,
    private readonly conversations: ConversationsService,
    private readonly items: ItemsService,
    private readonly store: ResponseStore,
    private readonly limits: ConversationLimits,
  ) {}

  /**
   * @param abort is aborted when the claim on the conversation is lost
   * @param claim what the conversation is claimed by, if that is to be known
   * @throws ConversationNotFoundError, TurnRunningError or PreviousResponseNotFoundError
   */
  async open(
    caller: Caller,
    {
      conversationId,
      previousResponseId,
    }: Pick<CreateResponseParams, 'conversationId' | 'previousResponseId'>,
    abort: AbortController,
    claim?: string,
  ): Promise<ResponseGround> {
    if (conversationId !== null) {
      const held = await this.claims.claim(caller, conversationId, abort, claim);
      return { ...ofHistory(held.history, held), affinity: conversationId };
    }
    return this.ofResponses(caller, previousResponseId);
  }

  /** The same without holding anything, for who only wants to count. */
  async look(
    caller: Caller,
    params: Pick<CreateResponseParams, 'conversationId' | 'previousResponseId'>,
  ): Promise<ResponseGround> {
    const { conversationId, previousResponseId } = params;
    if (conversationId === null) return this.ofResponses(caller, previousResponseId);
    const history = await this.conversations.getHistory(caller, conversationId);
    return { ...ofHistory(history, null), affinity: conversationId };
  }

  /**
   * Bounds what is kept and read again: a conversation, or responses that build on each other.
   *
   * @param asked what is asked now, as it is stored
   * @throws ConversationTooLongError
   */
  checkSize({ history, past, held }: ResponseGround, asked: readonly { content: string }[]): void {
    if (!held && past.length === 0) return;
    const size = sizeOfConversation(history.transcript.prompt, past, asked);
    if (held) this.limits.check(size);
    else this.limits.checkChain(size);
  }

  /** Writes a response with its items, all or nothing. @throws ClaimLostError */
  async commit(
    { held }: ResponseGround,
    change: ItemsChange,
    unitOfWork: UnitOfWork,
  ): Promise<void> {
    if (held) await this.claims.commit(held, change, unitOfWork);
    else if (!(await this.store.write(unitOfWork))) throw new ClaimLostError();
  }

  /** Gives a conversation back as it was. */
  async release({ held }: ResponseGround): Promise<void> {
    if (held) await this.claims.release(held);
  }

  private async ofResponses(
    caller: Caller,
    previousResponseId: string | null,
  ): Promise<ResponseGround> {
    const chain =
      previousResponseId === null ? [] : await this.findChain(caller, previousResponseId);
    const [oldest] = chain;
    const before = oldest ? await this.findBefore(caller, oldest) : [];
    const given = chain.flatMap((record, index) => pastOf(record, before.length + index));
    const model = chain.at(-1)?.body.model ?? null;
    const history = { kind: 'turbo' as const, model, transcript: nothing };
    const affinity = oldest ? (oldest.conversationId ?? oldest.id) : null;
    return { history, past: [...before, ...given], held: null, turn: 1, position: 1, affinity };
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
      body: toBody(item),
    }));
  }
}

function ofHistory(
  history: History,
  held: ClaimedConversation | null,
): Omit<ResponseGround, 'affinity'> {
  const past = history.items.map((item) => ({
    id: item.id,
    turn: item.turn,
    position: item.position,
    inputTokens: item.inputTokens,
    bytes: item.bytes,
    body: bodyOf(item),
  }));
  const last = history.items.at(-1);
  return {
    history,
    past,
    held,
    turn: (last?.turn ?? 0) + 1,
    position: (last?.position ?? 0) + 1,
  };
}

/** A response as a turn: what it was asked with, and its output. */
function pastOf({ body, input }: ResponseRecord, turn: number): PastItem[] {
  const asked = input.map((item) => ({
    id: item.id,
    turn,
    position: 0,
    inputTokens: null,
    bytes: Buffer.byteLength(item.content),
    body: toBody(item),
  }));
  const output = outputBodies(body).map((said, index) => ({
    id: body.output[index]?.id ?? '',
    turn,
    position: 0,
    inputTokens: index === 0 ? (body.usage?.input_tokens ?? null) : null,
    bytes: Buffer.byteLength(toColumns(said).content),
    body: said,
  }));
  return [...asked, ...output];
}
