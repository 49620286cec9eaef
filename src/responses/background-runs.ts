import { Injectable, type OnModuleInit } from '@nestjs/common';
import { responseId } from './response-item-ids.js';
import { IdSource } from '../platform/ids/id-source.js';
import { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import { Settings } from '../config/settings.js';
import { InFlightCalls } from '../platform/lifecycle/in-flight-calls.js';
import { ResponseEndedError, TooManyInBackgroundError } from './responses.errors.js';
import { ResponsesRepository } from './responses.repository.js';

/** A response that this process gives in the background. */
export interface BackgroundRun {
  /** The response's, and its turn's claim on the conversation. */
  id: string;
  abort: AbortController;
  /** It is stored from now on, with a lease that is renewed while it runs. */
  keepLease: () => void;
  /** It is over, however it ended. */
  end: () => void;
}

/** The responses that this process gives in the background: at most MAX_BACKGROUND, with leases. */
@Injectable()
export class BackgroundRuns implements OnModuleInit {
  private readonly running = new Map<string, AbortController>();

  constructor(
    private readonly responses: ResponsesRepository,
    private readonly inFlightCalls: InFlightCalls,
    private readonly ids: IdSource,
    private readonly settings: Settings,
    private readonly tasks: PeriodicTasks,
  ) {}

  onModuleInit(): void {
    const everyMs = (this.settings.conversations.turnLeaseSeconds * 1_000) / 3;
    this.tasks.every(everyMs, 'response-lease-renewal', () => this.responses.leases.renew());
  }

  /** @param conversationId in which it is given @throws TooManyInBackgroundError or ShuttingDownError */
  open(conversationId: string | null): BackgroundRun {
    const { maxBackground } = this.settings.v1;
    if (this.running.size >= maxBackground) throw new TooManyInBackgroundError(maxBackground);
    const id = responseId(this.ids, conversationId);
    const call = this.inFlightCalls.openDetached();
    this.running.set(id, call.abort);
    return {
      id,
      abort: call.abort,
      keepLease: () => {
        this.responses.leases.hold(id, () => {
          this.stop(id);
        });
      },
      end: () => {
        this.responses.leases.release(id);
        this.running.delete(id);
        call.end();
      },
    };
  }

  /** Ends what was ended in the database; a run of another process hears of it by its renewal. */
  stop(id: string): void {
    this.running.get(id)?.abort(new ResponseEndedError());
  }
}
