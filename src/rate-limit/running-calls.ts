import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import { setTimeout as pause } from 'node:timers/promises';
import { ShuttingDownError } from '../common/errors/http.errors.js';
import { CallerLeftError } from '../common/http/caller-left.error.js';
import { Settings } from '../config/settings.js';
import { TooManyRunningCallsError } from './rate-limit.errors.js';

/** How long running calls may go on once the service is told to stop. */
const shutdownGraceMs = 25_000;
/** How long those that are ended then may take to leave things as they found them. */
const endingMs = 1_000;

/**
 * The model calls that run: at most MAX_RUNNING_CALLS, each aborted when the service stops, or when
 * its caller leaves unless someone else may still ask for its answer.
 */
@Injectable()
export class RunningCalls implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RunningCalls.name);
  private readonly calls = new Map<Response, AbortController>();
  /** Those that go on without their callers. */
  private readonly outliving = new Set<Response>();
  private shuttingDown = false;
  /** Set while someone waits for the last call's end. */
  private onEmpty: (() => void) | null = null;

  constructor(private readonly settings: Settings) {}

  /** Counts a call from now until its response is closed. */
  open(response: Response): void {
    if (this.shuttingDown) throw new ShuttingDownError();
    if (this.calls.size >= this.settings.limits.maxRunningCalls) {
      throw new TooManyRunningCallsError();
    }
    const call = new AbortController();
    this.calls.set(response, call);
    response.once('close', () => {
      if (this.outliving.has(response)) return;
      this.delete(response);
      if (!response.writableFinished) call.abort(new CallerLeftError());
    });
  }

  /** What ends this response's call; already aborted when its caller has left. */
  get(response: Response): AbortController {
    return this.calls.get(response) ?? abortedCall();
  }

  /** Does work of a call that goes on when its caller leaves, and counts until both have ended. */
  async outlive(response: Response, work: () => Promise<void>): Promise<void> {
    this.outliving.add(response);
    try {
      await work();
    } finally {
      this.outliving.delete(response);
      if (response.destroyed) this.delete(response);
    }
  }

  count(): number {
    return this.calls.size;
  }

  /** Refuses new calls, lets running ones finish for a while, and ends the rest. */
  async beforeApplicationShutdown(): Promise<void> {
    this.shuttingDown = true;
    await this.emptied(shutdownGraceMs);
    if (this.calls.size === 0) return;
    this.logger.warn({ event: 'shutdown.calls_ended', count: this.calls.size });
    for (const call of this.calls.values()) call.abort(new ShuttingDownError());
    await this.emptied(endingMs);
  }

  private delete(response: Response): void {
    this.calls.delete(response);
    if (this.calls.size === 0) this.onEmpty?.();
  }

  /** Until no call runs, or so long. */
  private async emptied(patienceMs: number): Promise<void> {
    if (this.calls.size === 0) return;
    const empty = new Promise<void>((resolve) => (this.onEmpty = resolve));
    await Promise.race([empty, pause(patienceMs, undefined, { ref: false })]);
  }
}

function abortedCall(): AbortController {
  const call = new AbortController();
  call.abort(new CallerLeftError());
  return call;
}
