import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { AuthFailedError } from '../../auth/auth.errors.js';
import { bearerOf } from '../../auth/auth.strategy.js';
import { isSecret, sha256 } from '../../auth/secret-digest.js';
import { RequestRefusedError } from '../../common/errors/http.errors.js';
import { Settings } from '../../config/settings.js';

/** Lets past who has ADMIN_TOKEN; without that setting there is nothing here. */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly tokenDigest: Buffer | null;

  constructor({ keys }: Settings) {
    this.tokenDigest = keys.adminToken === null ? null : sha256(keys.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    const { headers, method, path } = context.switchToHttp().getRequest<Request>();
    // The same words as for any address that does not exist.
    if (!this.tokenDigest) {
      throw new RequestRefusedError(404, 'Not found', `Cannot ${method} ${path}`);
    }
    const given = bearerOf(headers);
    if (given === null || !isSecret(given, this.tokenDigest)) throw new AuthFailedError();
    return true;
  }
}
