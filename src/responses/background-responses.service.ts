import { Injectable, Logger } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import { BackgroundRuns } from './background-runs.js';
import { numbered, ResponseEvents } from './events/response-events.js';
import type { ResponseBody } from './response-body.js';
import type { CreateResponseParams } from './create-response-params.js';
import type { RecordAnswer } from './response-store.js';
import { ResponsesService } from './responses.service.js';

/** Gives responses that nobody waits for: they are stored while they run, and can be followed. */
@Injectable()
export class BackgroundResponsesService {
  private readonly logger = new Logger(BackgroundResponsesService.name);

  constructor(
    private readonly responses: ResponsesService,
    private readonly runs: BackgroundRuns,
    private readonly events: ResponseEvents,
  ) {}

  /**
   * Begins a response.
   *
   * @param recordAnswer adds what is written together with it as it begins to run
   * @returns it as it runs, once it is stored
   * @throws AppError when it could not begin, and the conversation is as it was
   */
  create(
    caller: Caller,
    params: CreateResponseParams,
    recordAnswer: RecordAnswer | null,
  ): Promise<ResponseBody> {
    return new Promise((resolve, reject) => {
      this.run(caller, params, recordAnswer, resolve).catch(reject);
    });
  }

  /** Resolves when it is over. @throws what it could not begin with */
  private async run(
    caller: Caller,
    params: CreateResponseParams,
    recordAnswer: RecordAnswer | null,
    begun: (response: ResponseBody) => void,
  ): Promise<void> {
    const run = this.runs.open(params.conversationId);
    const { id, abort } = run;
    const progress = { hasBegun: false };
    try {
      await this.responses.create(caller, params, {
        abort,
        write: (event) => this.events.append(id, numbered(event)),
        trimmed: () => undefined,
        recordAnswer: null,
        background: {
          id,
          recordAnswer,
          begun: (response) => {
            progress.hasBegun = true;
            run.keepLease();
            begun(response);
          },
        },
      });
    } catch (error) {
      if (!progress.hasBegun) throw error;
      this.logger.error(`A response in the background was lost: ${String(error)}`);
    } finally {
      await this.events.end(id);
      run.end();
    }
  }
}
