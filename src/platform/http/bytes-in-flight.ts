import { Injectable } from '@nestjs/common';
import type { Counter } from 'prom-client';
import { Settings } from '../../config/settings.js';
import { TooManyBytesError } from '../errors/http.errors.js';
import { Metrics } from '../telemetry/metrics.js';

/**
 * What running calls hold of bodies and histories, all callers together: at most
 * MAX_BYTES_IN_FLIGHT. A byte of them becomes several of memory while a call runs, and how many calls
 * may run says nothing about it.
 */
@Injectable()
export class BytesInFlight {
  /** By whoever holds them. */
  private readonly held = new Map<unknown, number>();
  private total = 0;
  private readonly most: number;
  private readonly refusals: Counter;

  constructor({ limits }: Settings, metrics: Metrics) {
    this.most = limits.maxBytesInFlight;
    this.refusals = metrics.counter(
      'alice_bytes_in_flight_refusals_total',
      'Calls that were refused because of MAX_BYTES_IN_FLIGHT',
    );
    metrics.gauge(
      'alice_bytes_in_flight',
      'Bytes of bodies and histories that running calls hold',
      () => this.total,
    );
  }

  /**
   * Adds to what someone holds, who has to {@link release} it.
   *
   * @throws TooManyBytesError, and nothing is added
   */
  hold(holder: unknown, bytes: number): void {
    const added = this.check(holder, bytes);
    this.held.set(holder, (this.held.get(holder) ?? 0) + added);
    this.total += added;
  }

  /**
   * Whether so much could be held now. One holder counts for half of all at most: the other settings
   * bound how large one is, and what they allow must pass.
   *
   * @returns what it would count for
   * @throws TooManyBytesError
   */
  check(holder: unknown, bytes: number): number {
    const held = this.held.get(holder) ?? 0;
    const added = Math.min(held + bytes, this.most / 2) - held;
    if (this.total + added <= this.most) return added;
    this.refusals.inc();
    throw new TooManyBytesError();
  }

  /** Gives back all that someone holds. */
  release(holder: unknown): void {
    this.total -= this.held.get(holder) ?? 0;
    this.held.delete(holder);
  }
}
