import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Guesses } from '../../auth/guesses.js';
import { sha256 } from '../../auth/secret-digest.js';
import { RequestRefusedError } from '../../platform/errors/http.errors.js';
import { Settings } from '../../config/settings.js';

/** Lets past who has ADMIN_TOKEN; without that setting there is nothing here. */
@Injectable()
export class AdminGuard implements CanActivate {
  private readonly tokenDigest: Buffer | null;

  constructor(
    { keys }: Settings,
    private readonly guesses: Guesses,
  ) {
    this.tokenDigest = keys.adminToken === null ? null : sha256(keys.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const { method, path } = request;
    // The same words as for any address that does not exist.
    if (!this.tokenDigest) {
      throw new RequestRefusedError(404, 'Not found', `Cannot ${method} ${path}`);
    }
    this.guesses.demand(request, this.tokenDigest);
    return true;
  }
}
