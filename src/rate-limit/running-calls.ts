import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ShuttingDownError } from '../common/errors/http.errors.js';
import { CallerLeftError } from '../common/http/caller-left.error.js';
import { Shutdown } from '../common/shutdown/shutdown.js';
import { Settings } from '../config/settings.js';
import { TooManyRunningCallsError } from './rate-limit.errors.js';

/** How long ended calls may then take to tell their callers and to give back what they hold. */
const lastWordsMs = 3_000;

/**
 * The model calls that someone is waiting for: at most MAX_RUNNING_CALLS, each aborted when its
 * caller leaves or the service stops.
 */
@Injectable()
export class RunningCalls implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunningCalls.name);
  private readonly calls = new Map<Response, AbortController>();

  constructor(
    private readonly settings: Settings,
    private readonly shutdown: Shutdown,
  ) {}

  /** Counts a call from now until its response is closed. */
  open(response: Response): void {
    if (this.shutdown.isRefusingTurns) throw new ShuttingDownError();
    if (this.calls.size >= this.settings.limits.maxRunningCalls) {
      throw new TooManyRunningCallsError();
    }
    const call = new AbortController();
    this.calls.set(response, call);
    response.once('close', () => {
      this.calls.delete(response);
      if (!response.writableFinished) call.abort(new CallerLeftError());
    });
  }

  /** What ends this response's call; already aborted when its caller has left. */
  get(response: Response): AbortController {
    return this.calls.get(response) ?? abortedCall();
  }

  count(): number {
    return this.calls.size;
  }

  /** Refuses new calls, lets running ones finish for a while, and ends the rest. */
  async finish(): Promise<void> {
    this.shutdown.refuseTurns();
    await this.closed(this.settings.shutdown.graceMs);
    if (this.calls.size === 0) return;
    this.logger.warn({ event: 'shutdown.calls_ended', count: this.calls.size });
    for (const call of this.calls.values()) call.abort(new ShuttingDownError());
    await this.closed(lastWordsMs);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.finish();
  }

  private async closed(patienceMs: number): Promise<void> {
    const closed = [...this.calls.keys()].map((response) => once(response, 'close'));
    await Promise.race([Promise.all(closed), pause(patienceMs, undefined, { ref: false })]);
  }
}

function abortedCall(): AbortController {
  const call = new AbortController();
  call.abort(new CallerLeftError());
  return call;
}
