import { Injectable, Logger } from '@nestjs/common';
import { ShuttingDownError } from '../../platform/errors/http.errors.js';
import { Shutdown } from '../../platform/lifecycle/shutdown.js';
import { Clock } from '../../platform/time/clock.js';
import { Database } from '../../platform/database/database.js';
import { HealthChecks, type CheckedPart } from './health-checks.js';
import { NotAliveError, NotReadyError } from './health.errors.js';

/** For so long what the checks found is told to everyone who asks: anyone may, as often as they like. */
const freshMs = 1_000;

/** What a live service says. */
export interface Health {
  status: 'ok';
}

/** What a ready service says: how its parts are, of which those work that calls need. */
export interface Readiness extends Health {
  parts: Record<string, CheckedPart>;
}

/** Whether the service can do its work. */
@Injectable()
export class HealthService {
  private readonly logger = new Logger('Health');
  /** What the log has of it. */
  private reported = '';
  /** What the last checks found or will find, until when. */
  private latest: { parts: Promise<Record<string, CheckedPart>>; until: number } | null = null;

  constructor(
    private readonly checks: HealthChecks,
    private readonly shutdown: Shutdown,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** @throws NotAliveError */
  checkLive(): Health {
    if (this.database.findLoss() !== null) throw new NotAliveError();
    return { status: 'ok' };
  }

  /** @throws ShuttingDownError, NotReadyError */
  async checkReady(): Promise<Readiness> {
    this.checkRunning();
    const parts = await this.findParts();
    this.checkRunning();
    const problems = this.problemsOf(parts);
    this.report(problems);
    if (Object.keys(problems).length > 0) throw new NotReadyError(problems);
    return { status: 'ok', parts };
  }

  /** One check at a time, for all who ask meanwhile and shortly after. */
  private findParts(): Promise<Record<string, CheckedPart>> {
    if (this.latest && this.clock.monotonic() < this.latest.until) return this.latest.parts;
    const latest = { parts: this.checks.run(), until: Number.POSITIVE_INFINITY };
    this.latest = latest;
    return latest.parts.finally(() => {
      latest.until = this.clock.monotonic() + freshMs;
    });
  }

  private checkRunning(): void {
    if (this.shutdown.isAnnounced) throw new ShuttingDownError();
  }

  /** Once for each change: supervisors ask every few seconds. */
  private report(problems: Record<string, string>): void {
    const names = Object.keys(problems).join();
    if (names === this.reported) return;
    this.reported = names;
    if (names === '') this.logger.log({ event: 'health.ready' });
    else this.logger.warn({ event: 'health.not_ready', problems });
  }

  /** Of the parts that calls cannot be served without. */
  private problemsOf(parts: Record<string, CheckedPart>): Record<string, string> {
    const down = Object.entries(parts).filter(
      ([part, { status }]) => status !== 'up' && this.checks.isRequired(part),
    );
    return Object.fromEntries(down.map(([part, { message = 'down' }]) => [part, message]));
  }
}
