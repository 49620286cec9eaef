import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Counter } from 'prom-client';
import { Metrics } from '../platform/telemetry/metrics.js';
import { Clock } from '../platform/time/clock.js';
import { AuthFailedError, TooManyGuessesError } from './auth.errors.js';
import { authFailed, bearerOf } from './auth.strategy.js';
import { isSecret } from './secret-digest.js';

const mostWrong = 10;
const windowMs = 60_000;
/** Beyond it the first are forgotten. */
const mostAddresses = 10_000;

/** Wrong tokens from one address. */
interface Wrong {
  count: number;
  readonly until: number;
}

/**
 * Wrong tokens of operators, by the address that they came from: after ten within a minute nothing
 * from there is listened to for the rest of it. TOKEN is not guarded so: callers share addresses, and
 * a stranger among them could shut them all out.
 */
@Injectable()
export class Guesses {
  private readonly wrong = new Map<string, Wrong>();
  private readonly failures: Counter;

  constructor(
    private readonly clock: Clock,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter(
      'alice_operator_auth_failures_total',
      'Wrong tokens for what ADMIN_TOKEN or METRICS_TOKEN opens, those that were not looked at included',
    );
  }

  /**
   * Lets a request past that has the token.
   *
   * @param tokenDigest SHA-256 of the token
   * @throws AuthFailedError, TooManyGuessesError
   */
  demand(request: Request, tokenDigest: Buffer): void {
    this.check(request);
    const given = bearerOf(request.headers);
    if (given === null) throw authFailed(request.headers, ['authorization']);
    if (!isSecret(given, tokenDigest)) throw this.failed(request);
  }

  /** @throws TooManyGuessesError while nothing from its address is listened to */
  check({ ip = '' }: Request): void {
    const wrong = this.wrong.get(ip);
    if (!wrong || wrong.count < mostWrong) return;
    const leftMs = wrong.until - this.clock.monotonic();
    if (leftMs <= 0) return;
    this.failures.inc();
    throw new TooManyGuessesError(Math.ceil(leftMs / 1_000));
  }

  /** Counts a wrong token. @returns what its sender is told */
  failed({ ip = '' }: Request): AuthFailedError {
    this.failures.inc();
    const now = this.clock.monotonic();
    const wrong = this.wrong.get(ip);
    if (wrong && wrong.until > now) wrong.count += 1;
    else this.countFirst(ip, now);
    return new AuthFailedError('auth.refused');
  }

  private countFirst(address: string, now: number): void {
    this.wrong.delete(address);
    for (const oldest of this.wrong.keys()) {
      if (this.wrong.size < mostAddresses) break;
      this.wrong.delete(oldest);
    }
    this.wrong.set(address, { count: 1, until: now + windowMs });
  }
}
