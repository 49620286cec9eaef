import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { ShuttingDownError } from '../common/errors/http.errors.js';
import { CallerLeftError } from '../common/http/caller-left.error.js';
import { RequestRecord } from '../common/http/request-record.js';
import { Metrics } from '../common/metrics/metrics.js';
import { Settings } from '../config/settings.js';
import { LimitFigures } from './limit-figures.js';
import { TooManyRunningCallsError } from './rate-limit.errors.js';

/** How long running calls may go on once the service is told to stop. */
const shutdownGraceMs = 25_000;

/**
 * The model calls that someone is waiting for: at most MAX_RUNNING_CALLS, each aborted when its
 * caller leaves or the service stops.
 */
@Injectable()
export class RunningCalls implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunningCalls.name);
  private readonly calls = new Map<Response, AbortController>();
  private shuttingDown = false;

  constructor(
    private readonly settings: Settings,
    private readonly figures: LimitFigures,
    metrics: Metrics,
  ) {
    metrics.gauge('alice_running_calls', 'Model calls that someone is waiting for', () => {
      return this.count();
    });
  }

  /** Counts a call from now until its response is closed. */
  open(response: Response): void {
    if (this.shuttingDown) throw new ShuttingDownError();
    if (this.calls.size >= this.settings.limits.maxRunningCalls) {
      this.figures.refused('running_calls');
      throw new TooManyRunningCallsError();
    }
    const call = new AbortController();
    this.calls.set(response, call);
    RequestRecord.of(response)?.follow(call);
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
  async beforeApplicationShutdown(): Promise<void> {
    this.shuttingDown = true;
    const finished = Promise.all([...this.calls.keys()].map((response) => once(response, 'close')));
    await Promise.race([finished, pause(shutdownGraceMs, undefined, { ref: false })]);
    if (this.calls.size === 0) return;
    this.logger.warn({ event: 'shutdown.calls_ended', count: this.calls.size });
    for (const call of this.calls.values()) call.abort(new ShuttingDownError());
  }
}

function abortedCall(): AbortController {
  const call = new AbortController();
  call.abort(new CallerLeftError());
  return call;
}
