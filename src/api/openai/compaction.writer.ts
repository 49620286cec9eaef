import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { CompactedResponse } from 'openai/resources/responses/responses';
import type { Caller } from '../../auth/caller.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { IdempotentCallsService } from '../../idempotency/idempotent-calls.service.js';
import { InFlightCalls } from '../../platform/lifecycle/in-flight-calls.js';
import { CompactionService, type CompactParams } from '../../responses/compaction.service.js';
import { jsonAnswer } from './json-answer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';

/** Compacts what was said, once under each Idempotency-Key, and answers the window to go on from. */
@Injectable()
export class CompactionWriter {
  constructor(
    private readonly compaction: CompactionService,
    private readonly idempotentCalls: IdempotentCallsService,
    private readonly inFlightCalls: InFlightCalls,
    private readonly errors: OpenAiErrorFormat,
  ) {}

  send(caller: Caller, route: string, params: CompactParams, response: Response): Promise<void> {
    const request = { route, asked: params, response, errors: this.errors };
    const answerOf = (window: CompactedResponse) => jsonAnswer(JSON.stringify(window));
    return this.idempotentCalls.run(caller, request, async (key) => {
      const abort = this.inFlightCalls.get(response);
      const record = key && {
        addTo: (unitOfWork: UnitOfWork, window: CompactedResponse): void => {
          key.recordAnswer(unitOfWork, answerOf(window));
        },
        alone: (window: CompactedResponse): Promise<void> => key.saveAnswer(answerOf(window)),
      };
      response.json(await this.compaction.compact(caller, params, abort, record));
    });
  }
}
