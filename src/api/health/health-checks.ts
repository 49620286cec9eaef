import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import type { HealthIndicatorService } from '@nestjs/terminus';
import { toAppError } from '../../platform/errors/to-app-error.js';
import { Once } from '../../platform/lifecycle/once.js';
import { unsafeCast } from '../../platform/unsafe-cast.js';
import type { HealthIndicator } from './health.indicator.js';

/** Below the second or more that supervisors usually wait for an answer. */
const longestMs = 900;

/** What came of one check. */
export interface CheckedPart {
  status: 'up' | 'down';
  /** Milliseconds that the check took. */
  responseTime: number;
  /** Why it is down. */
  message?: string;
}

/** Runs the checks of all parts at once, through terminus, which is loaded when first needed. */
@Injectable()
export class HealthChecks {
  private readonly terminus = new Once(() => this.load());

  constructor(
    private readonly indicators: readonly HealthIndicator[],
    private readonly loader: LazyModuleLoader,
  ) {}

  /** @returns what came of each part's check, by the part's name */
  async run(): Promise<Record<string, CheckedPart>> {
    const terminus = await this.terminus.get();
    const results = await Promise.all(
      this.indicators.map((indicator) =>
        terminus
          .check(indicator.part)
          .attempt(() => checkWith(indicator))
          .withTimeout(longestMs),
      ),
    );
    const parts = results.map((result) => unsafeCast<Record<string, CheckedPart>>(result));
    return Object.fromEntries(parts.flatMap((part) => Object.entries(part)));
  }

  /** Whether calls cannot be served while this part is down. */
  isRequired(part: string): boolean {
    return this.indicators.some((indicator) => indicator.part === part && indicator.isRequired);
  }

  private async load(): Promise<HealthIndicatorService> {
    const terminus = await import('@nestjs/terminus');
    const module = await this.loader.load(
      () => terminus.TerminusModule.forRoot({ logger: false }),
      { logger: false },
    );
    return module.get(terminus.HealthIndicatorService);
  }
}

/** Only sentences that anyone may read come out of it. */
async function checkWith(indicator: HealthIndicator): Promise<void> {
  try {
    await indicator.check();
  } catch (thrown) {
    throw toAppError(thrown);
  }
}
