import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Response } from 'express';
import { setTimeout as pause } from 'node:timers/promises';
import { ShuttingDownError } from '../errors/http.errors.js';
import { CallerLeftError } from '../http/caller-left.error.js';
import { EventStream } from '../http/event-stream.js';
import { RequestRecord } from '../telemetry/request-record.js';
import { Metrics } from '../telemetry/metrics.js';
import { Shutdown } from './shutdown.js';
import { Settings } from '../../config/settings.js';
import { LimitMetrics } from './limit-metrics.js';
import { TooManyRunningCallsError } from './in-flight-calls.errors.js';

/** How long ended calls may take to tell their callers, or to note it, and to give back what they hold. */
const lastWordsMs = 3_000;

/** A model call that goes on when its caller leaves. */
export interface DetachedCall {
  /** Ends the call: aborted here when the service stops. */
  abort: AbortController;
  /** To be told when it is over. */
  end: () => void;
}

/**
 * The model calls that run: at most MAX_RUNNING_CALLS, each aborted when the service stops, or when
 * its caller leaves, unless it is detached or someone else may still ask for its answer.
 */
@Injectable()
export class InFlightCalls implements BeforeApplicationShutdown {
  private readonly logger = new Logger(InFlightCalls.name);
  private readonly calls = new Map<Response, AbortController>();
  private readonly detached = new Map<AbortController, Promise<void>>();
  /** Those that go on without their callers. */
  private readonly outliving = new Set<Response>();
  /** Set while someone waits for the last call's end. */
  private onEmpty: (() => void) | null = null;

  constructor(
    private readonly settings: Settings,
    private readonly shutdown: Shutdown,
    private readonly limitMetrics: LimitMetrics,
    metrics: Metrics,
  ) {
    metrics.gauge('alice_running_calls', 'Model calls that run, most with a caller waiting', () => {
      return this.count();
    });
    metrics.gauge('alice_open_streams', 'Event streams that are being written', () => {
      return this.countStreams();
    });
  }

  /**
   * Counts a call from now until its response is closed.
   *
   * @throws ShuttingDownError or TooManyRunningCallsError, or CallerLeftError when it is closed already
   */
  open(response: Response): void {
    if (response.destroyed) throw new CallerLeftError();
    if (this.shutdown.isRefusingTurns) throw new ShuttingDownError();
    if (this.count() >= this.settings.limits.maxRunningCalls) {
      this.limitMetrics.refused('running_calls');
      throw new TooManyRunningCallsError();
    }
    const call = new AbortController();
    this.calls.set(response, call);
    RequestRecord.of(response)?.follow(call);
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

  /** Counts a call from now until it says that it is over; that it may run was found when it came. */
  openDetached(): DetachedCall {
    if (this.shutdown.isRefusingTurns) throw new ShuttingDownError();
    const abort = new AbortController();
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    this.detached.set(abort, ended);
    return {
      abort,
      end: () => {
        this.detached.delete(abort);
        end();
        this.tellIfEmpty();
      },
    };
  }

  /** Does work of a call that goes on when its caller leaves, and counts until both have ended. */
  async runDetached(response: Response, work: () => Promise<void>): Promise<void> {
    this.outliving.add(response);
    try {
      await work();
    } finally {
      this.outliving.delete(response);
      if (response.destroyed) this.delete(response);
    }
  }

  count(): number {
    return this.calls.size + this.detached.size;
  }

  /** Refuses new calls, lets running ones finish for a while, and ends the rest. */
  async finish(): Promise<void> {
    this.shutdown.refuseTurns();
    await this.emptied(this.settings.shutdown.graceMs);
    if (this.count() === 0) return;
    this.logger.warn({ event: 'shutdown.calls_ended', count: this.count() });
    for (const call of this.detached.keys()) call.abort(new ShuttingDownError());
    // Their last words are heard by callers, who are ended after them.
    await waitAtMost(lastWordsMs, Promise.all(this.detached.values()));
    for (const call of this.calls.values()) call.abort(new ShuttingDownError());
    await this.emptied(lastWordsMs);
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.finish();
  }

  /** Of the calls with a caller, those whose answers are event streams that have begun. */
  private countStreams(): number {
    return [...this.calls.keys()].filter((response) => {
      return !response.destroyed && EventStream.of(response) !== undefined;
    }).length;
  }

  private delete(response: Response): void {
    this.calls.delete(response);
    this.tellIfEmpty();
  }

  private tellIfEmpty(): void {
    if (this.count() === 0) this.onEmpty?.();
  }

  /** Until no call runs, or so long. */
  private async emptied(patienceMs: number): Promise<void> {
    if (this.count() === 0) return;
    await waitAtMost(patienceMs, new Promise<void>((resolve) => (this.onEmpty = resolve)));
  }
}

function abortedCall(): AbortController {
  const call = new AbortController();
  call.abort(new CallerLeftError());
  return call;
}

async function waitAtMost(ms: number, work: Promise<unknown>): Promise<void> {
  await Promise.race([work, pause(ms, undefined, { ref: false })]);
}
