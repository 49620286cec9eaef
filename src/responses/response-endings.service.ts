import { Injectable } from '@nestjs/common';
import { TurnClaimsService } from '../conversations/turn-claims.service.js';
import { UnitOfWork, type Write } from '../platform/database/unit-of-work.js';
import { BackgroundRuns } from './background-runs.js';
import { ResponseEvents } from './events/response-events.js';
import { cancelled, type ResponseBody } from './response-body.js';
import { NotInBackgroundError, ResponseNotFoundError } from './responses.errors.js';
import {
  deleteResponse,
  endResponse,
  ResponsesRepository,
  type ResponseRecord,
} from './responses.repository.js';

/**
 * Ends responses from outside, wherever they run: the database decides, and who gives a response
 * there is told by it. Nothing of the turn is kept, and the conversation is free at once.
 */
@Injectable()
export class ResponseEndingsService {
  constructor(
    private readonly responses: ResponsesRepository,
    private readonly claims: TurnClaimsService,
    private readonly runs: BackgroundRuns,
    private readonly events: ResponseEvents,
  ) {}

  /**
   * Cancels a response in the background; one that has ended stays as it is.
   *
   * @throws ResponseNotFoundError or NotInBackgroundError
   */
  async cancel(id: string): Promise<ResponseBody> {
    const found = await this.get(id);
    if (!found.body.background) throw new NotInBackgroundError('be cancelled');
    if (found.body.status !== 'in_progress') return found.body;
    const body = cancelled(found.body);
    const isCancelled = await this.end(found, endResponse(id, body));
    if (!isCancelled) return (await this.get(id)).body;
    this.runs.stop(id);
    return body;
  }

  /** Deletes a response, and cancels it if it runs. @throws ResponseNotFoundError */
  async delete(id: string): Promise<void> {
    const found = await this.get(id);
    const isDeleted = await this.end(found, deleteResponse(id));
    if (!isDeleted) throw new ResponseNotFoundError(id);
    this.runs.stop(id);
    await this.events.delete(id);
  }

  /**
   * Ends its turn, if that may still run: its id is what the conversation is claimed by.
   *
   * @returns false when the response was not as it was found any more, and nothing was written
   */
  private end({ id, conversationId, body }: ResponseRecord, end: Write): Promise<boolean> {
    const unitOfWork = new UnitOfWork();
    if (body.status === 'in_progress' && conversationId !== null) {
      this.claims.end(unitOfWork, { conversationId, claim: id });
    }
    unitOfWork.add(end);
    return this.responses.write(unitOfWork);
  }

  private async get(id: string): Promise<ResponseRecord> {
    const found = await this.responses.find(id);
    if (!found) throw new ResponseNotFoundError(id);
    return found;
  }
}
