import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../time/clock.js';
import { Database, now } from './database.js';
import { deleteInBatches } from './delete-in-batches.js';

/** Reads of the clock may take so long, and clocks that are corrected bit by bit may be so far off. */
const toleranceMs = 30_000;

/** What both clocks said at one moment, in milliseconds: the database's and this process's own. */
interface Look {
  database: number;
  own: number;
}

/**
 * Deletes rows past their time, unless the database's clock was set since the last time: a clock that
 * is wrong for a moment makes rows unknown for that moment, but takes none away. When it still says
 * so at the next sweep, it is believed.
 */
@Injectable()
export class ExpiredRows implements OnModuleInit {
  private readonly logger = new Logger(ExpiredRows.name);
  private atStart: Look | null = null;
  private readonly looks = new Map<string, Look>();

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async onModuleInit(): Promise<void> {
    this.atStart = await this.look();
  }

  /**
   * @param what the rows, as the log names them; each has its own last time
   * @param deleteBatch deletes at most so many of them and says how many it deleted
   * @returns how many were deleted in all
   */
  async delete(what: string, deleteBatch: (limit: number) => Promise<number>): Promise<number> {
    const last = this.looks.get(what) ?? this.atStart;
    const look = await this.look();
    this.looks.set(what, look);
    const setByMs = last ? look.database - last.database - (look.own - last.own) : 0;
    if (setByMs > toleranceMs) {
      this.logger.warn({ event: 'database.clock_set', what, forwardMs: Math.round(setByMs) });
      return 0;
    }
    return deleteInBatches(this.clock, deleteBatch);
  }

  private async look(): Promise<Look> {
    const [[row] = []] = await this.database.read({ sql: `SELECT ${now} AS now`, parameters: [] });
    return { database: Number(row?.['now']), own: this.clock.monotonic() };
  }
}
