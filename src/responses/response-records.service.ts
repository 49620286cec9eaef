import { Injectable, Logger } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { UnitOfWork, type Write } from '../platform/database/unit-of-work.js';
import { ClaimLostError } from '../conversations/conversations.errors.js';
import type { ItemRecord } from '../conversations/conversation-records.repository.js';
import type { ResponseBody } from './response-body.js';
import type { ResponseGround } from './response-grounds.service.js';
import { endResponse, insertResponse, ResponsesRepository } from './responses.repository.js';
import type { CreateResponseParams } from './create-response-params.js';

const dayMs = 86_400_000;

/** Adds what someone else keeps of a response to the same write. */
export type RecordAnswer = (unitOfWork: UnitOfWork, response: ResponseBody) => void;

/** What the record of a response is made of, apart from what becomes of it. */
export interface RecordedResponse {
  ground: ResponseGround;
  params: Pick<
    CreateResponseParams,
    'conversationId' | 'previousResponseId' | 'store' | 'background'
  >;
  /** All items of its question. */
  kept: ItemRecord[];
}

/** Stores responses: when they end, or from their start on where they run in the background. */
@Injectable()
export class ResponseRecordsService {
  private readonly logger = new Logger(ResponseRecordsService.name);

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly settings: Settings,
  ) {}

  /**
   * Stores a response that begins to run in the background.
   *
   * @param recordAnswer adds what is written with it
   * @throws ClaimLostError or DatabaseUnavailableError, and nothing is written
   */
  async begin(
    response: RecordedResponse,
    body: ResponseBody,
    recordAnswer: RecordAnswer | null,
  ): Promise<void> {
    const { turnLeaseSeconds } = this.settings.conversations;
    const unitOfWork = new UnitOfWork();
    unitOfWork.add(this.insertion(response, body, turnLeaseSeconds * 1_000));
    recordAnswer?.(unitOfWork, body);
    if (!(await this.responses.write(unitOfWork))) throw new ClaimLostError();
  }

  /**
   * Stores the end of a response with what it is written with. In the background all of that misses
   * when the response was ended from outside before.
   */
  end(unitOfWork: UnitOfWork, response: RecordedResponse, body: ResponseBody): void {
    const { background, store } = response.params;
    if (background) unitOfWork.add(endResponse(body.id, body));
    else if (store) unitOfWork.add(this.insertion(response, body, null));
  }

  /**
   * Stores that a response failed.
   *
   * @param unitOfWork its end, and what is written with it
   * @returns what has become of it, which in the background may have been said before from outside;
   *   null when it was deleted
   */
  async fail(
    response: RecordedResponse,
    body: ResponseBody,
    unitOfWork: UnitOfWork,
  ): Promise<ResponseBody | null> {
    if (!response.params.background) {
      await this.responses.write(unitOfWork);
      return body;
    }
    try {
      if (await this.responses.write(unitOfWork)) return body;
      return (await this.responses.find(body.id))?.body ?? null;
    } catch (error) {
      // Nobody waits for it to be written: when the lease has run out, it has failed anyway.
      this.logger.error(`A failed response could not be stored: ${String(error)}`);
      return body;
    }
  }

  private insertion(
    { ground, params, kept }: RecordedResponse,
    body: ResponseBody,
    leaseMs: number | null,
  ): Write {
    const { responseTtlDays } = this.settings.v1;
    const record = {
      id: body.id,
      conversationId: params.conversationId,
      previousResponseId: params.previousResponseId,
      afterItemId: ground.held ? (ground.past.at(-1)?.id ?? null) : null,
      body,
      input: kept,
    };
    return insertResponse(record, responseTtlDays === 0 ? null : responseTtlDays * dayMs, leaseMs);
  }
}
