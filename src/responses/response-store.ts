import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { Settings } from '../config/settings.js';
import { UnitOfWork, type Write } from '../platform/database/unit-of-work.js';
import { UnitOfWorkWriter } from '../platform/database/unit-of-work.writer.js';
import { ClaimLostError, CursorNotFoundError } from '../conversations/conversations.errors.js';
import type { ItemRecord } from '../conversations/items.repository.js';
import type { Page, PageQuery } from '../conversations/page.js';
import type { CreateResponseParams, UnshownParameters } from './create-response-params.js';
import type { Origins } from './output-items.js';
import { unshownOf } from './regeneration.js';
import type { ResponseBody } from './response-body.js';
import { ResponseNotFoundError } from './responses.errors.js';
import {
  deleteResponse,
  endResponse,
  insertResponse,
  ResponsesRepository,
  type ResponseChain,
  type ResponseRecord,
} from './responses.repository.js';

const dayMs = 86_400_000;

/** How many responses of a conversation are looked through for the one behind an answer. */
const lookedThrough = 20;

/** Adds what someone else keeps of a response to the same write. */
export type RecordAnswer = (unitOfWork: UnitOfWork, response: ResponseBody) => void;

/** What the record of a response is made of, apart from what becomes of it. */
export interface RecordedResponse {
  /** The conversation that it holds, if any, and the items before its question. */
  context: { held: object | null; past: readonly { id: string }[] };
  params: Pick<
    CreateResponseParams,
    'conversationId' | 'previousResponseId' | 'store' | 'background' | keyof UnshownParameters
  >;
  /** All items of its question. */
  storedInput: ItemRecord[];
  /** What is to go back to who made its output. */
  run: { readonly origins: Origins };
}

/** Responses as they are kept: from when they end, or from their start where they run in the background. */
@Injectable()
export class ResponseStore {
  private readonly logger = new Logger(ResponseStore.name);

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly writer: UnitOfWorkWriter,
    private readonly settings: Settings,
  ) {}

  /**
   * Stores a response that begins to run in the background.
   *
   * @param recordAnswer adds what is written with it
   * @throws ClaimLostError or DatabaseUnavailableError, and nothing is written
   */
  async begin(
    caller: Caller,
    response: RecordedResponse,
    body: ResponseBody,
    recordAnswer: RecordAnswer | null,
  ): Promise<void> {
    const { turnLeaseSeconds } = this.settings.conversations;
    const unitOfWork = new UnitOfWork();
    unitOfWork.add(this.insertion(caller, response, body, turnLeaseSeconds * 1_000));
    recordAnswer?.(unitOfWork, body);
    if (!(await this.write(unitOfWork))) throw new ClaimLostError();
  }

  /**
   * Stores the end of a response with what it is written with. In the background all of that misses
   * when the response was ended from outside before.
   */
  end(
    caller: Caller,
    unitOfWork: UnitOfWork,
    response: RecordedResponse,
    body: ResponseBody,
  ): void {
    const { background, store } = response.params;
    const { origins } = response.run;
    const beside = { origins, asked: unshownOf(response.params) };
    if (background) unitOfWork.add(endResponse(caller, body.id, body, beside));
    else if (store) unitOfWork.add(this.insertion(caller, response, body, null));
  }

  /** Ends a running response from outside; what it is written with misses when it has ended. */
  endRunning(caller: Caller, unitOfWork: UnitOfWork, body: ResponseBody): void {
    unitOfWork.add(endResponse(caller, body.id, body));
  }

  /** Deletes a response; what that is written with misses when it is gone. */
  delete(caller: Caller, unitOfWork: UnitOfWork, id: string): void {
    unitOfWork.add(deleteResponse(caller, id));
  }

  /**
   * Stores that a response failed.
   *
   * @param unitOfWork its end, and what is written with it
   * @returns what has become of it, which in the background may have been said before from outside;
   *   null when it was deleted
   */
  async fail(
    caller: Caller,
    response: RecordedResponse,
    body: ResponseBody,
    unitOfWork: UnitOfWork,
  ): Promise<ResponseBody | null> {
    if (!response.params.background) {
      await this.write(unitOfWork);
      return body;
    }
    try {
      if (await this.write(unitOfWork)) return body;
      return (await this.responses.find(caller, body.id))?.body ?? null;
    } catch (error) {
      // Nobody waits for it to be written: when the lease has run out, it has failed anyway.
      this.logger.error(`A failed response could not be stored: ${String(error)}`);
      return body;
    }
  }

  /** @returns false when a part of it missed, and nothing was written */
  write(unitOfWork: UnitOfWork): Promise<boolean> {
    return this.writer.write(unitOfWork);
  }

  /** @throws ResponseNotFoundError */
  async get(caller: Caller, id: string): Promise<ResponseBody> {
    return (await this.getRecord(caller, id)).body;
  }

  /** With what it was asked. @throws ResponseNotFoundError */
  async getRecord(caller: Caller, id: string): Promise<ResponseRecord> {
    const found = await this.responses.find(caller, id);
    if (!found) throw new ResponseNotFoundError(id);
    return found;
  }

  /** What it was asked with. @throws ResponseNotFoundError or CursorNotFoundError */
  async listInput(
    caller: Caller,
    id: string,
    { limit, order, after }: PageQuery,
  ): Promise<Page<ItemRecord>> {
    const { input } = await this.getRecord(caller, id);
    const items = order === 'asc' ? input : input.toReversed();
    const start = after === null ? 0 : items.findIndex((item) => item.id === after) + 1;
    if (after !== null && start === 0) throw new CursorNotFoundError(after);
    const entries = items.slice(start, start + limit);
    return { entries, hasMore: start + limit < items.length };
  }

  /** The response that gave these items of a conversation, as far as it is stored. */
  async findGiving(
    caller: Caller,
    conversationId: string,
    itemIds: ReadonlySet<string>,
  ): Promise<ResponseRecord | null> {
    const newest = await this.responses.findNewestIn(caller, conversationId, lookedThrough);
    return newest.find(({ body }) => body.output.some(({ id }) => itemIds.has(id ?? ''))) ?? null;
  }

  /** @param maxBytes of all their bodies and inputs; they are not followed further */
  findChain(caller: Caller, id: string, maxBytes: number): Promise<ResponseChain> {
    return this.responses.findChain(caller, id, maxBytes);
  }

  private insertion(
    caller: Caller,
    { context, params, storedInput, run }: RecordedResponse,
    body: ResponseBody,
    leaseMs: number | null,
  ): Write {
    const { responseTtlDays } = this.settings.v1;
    const record = {
      id: body.id,
      ownerId: caller.id,
      conversationId: params.conversationId,
      previousResponseId: params.previousResponseId,
      afterItemId: context.held ? (context.past.at(-1)?.id ?? null) : null,
      body,
      origins: run.origins,
      asked: unshownOf(params),
      input: storedInput,
    };
    return insertResponse(record, responseTtlDays === 0 ? null : responseTtlDays * dayMs, leaseMs);
  }
}
