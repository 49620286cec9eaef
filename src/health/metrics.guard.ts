import type { IncomingHttpHeaders } from 'node:http';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { AuthFailedError } from '../auth/auth.errors.js';
import { bearerOf } from '../auth/auth.strategy.js';
import { isSecret, sha256 } from '../auth/secret-digest.js';
import { isLoopback } from '../config/loopback.js';
import { Settings } from '../config/settings.js';
import { MetricsClosedError } from './metrics.errors.js';

/** What proxies add: a request that came through one came from elsewhere. */
const forwarding = /^(x-forwarded(-.+)?|forwarded|via|x-real-ip)$/;

/** Lets past who has METRICS_TOKEN; without that setting, who asks from this machine. */
@Injectable()
export class MetricsGuard implements CanActivate {
  private readonly tokenDigest: Buffer | null;
  private readonly isLocal: boolean;

  constructor({ http }: Settings) {
    this.tokenDigest = http.metricsToken === null ? null : sha256(http.metricsToken);
    this.isLocal = isLoopback(http.host);
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<Request>();
    if (!this.tokenDigest) {
      if (!this.isLocal || isForwarded(headers)) throw new MetricsClosedError();
      return true;
    }
    const given = bearerOf(headers);
    if (given === null || !isSecret(given, this.tokenDigest)) throw new AuthFailedError();
    return true;
  }
}

function isForwarded(headers: IncomingHttpHeaders): boolean {
  return Object.keys(headers).some((name) => forwarding.test(name));
}
