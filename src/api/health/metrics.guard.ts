import type { IncomingHttpHeaders } from 'node:http';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { CrossSiteError } from '../../auth/auth.errors.js';
import { Guesses } from '../../auth/guesses.js';
import { sha256 } from '../../auth/secret-digest.js';
import { isCrossSite } from '../../platform/http/hosts.js';
import { isLoopback } from '../../config/loopback.js';
import { Settings } from '../../config/settings.js';
import { MetricsClosedError } from './metrics.errors.js';

/** What proxies add: a request that came through one came from elsewhere. */
const forwarding = /^(x-forwarded(-.+)?|forwarded|via|x-real-ip)$/;

/** Lets past who has METRICS_TOKEN; without that setting, who asks from this machine. */
@Injectable()
export class MetricsGuard implements CanActivate {
  private readonly tokenDigest: Buffer | null;
  private readonly isLocal: boolean;

  constructor(
    private readonly settings: Settings,
    private readonly guesses: Guesses,
  ) {
    const { http } = settings;
    this.tokenDigest = http.metricsToken === null ? null : sha256(http.metricsToken);
    this.isLocal = isLoopback(http.host);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const { headers } = request;
    if (!this.tokenDigest) {
      if (!this.isLocal || isForwarded(headers)) throw new MetricsClosedError();
      if (isCrossSite(headers, this.settings.http.corsOrigins)) throw new CrossSiteError();
      return true;
    }
    this.guesses.demand(request, this.tokenDigest);
    return true;
  }
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => forwarding.test(name));
}
