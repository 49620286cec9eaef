import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { Settings } from '../config/settings.js';
import { ListNotAllowedError } from './auth.errors.js';
import { authFailed, AuthStrategy, bearerOf } from './auth.strategy.js';
import { defaultCaller, setCaller } from './caller.js';
import { Guesses } from './guesses.js';
import { isSecret, sha256 } from './secret-digest.js';

/**
 * Who may see which conversations and shares exist: whoever has ADMIN_TOKEN, and with V1_LIST whoever has the
 * TOKEN of simple auth. For everyone else an unguessable id is their only fence.
 */
@Injectable()
export class ListGuard implements CanActivate {
  private readonly adminDigest: Buffer | null;
  private readonly isOpen: boolean;

  constructor(
    { keys, auth, v1 }: Settings,
    private readonly strategy: AuthStrategy,
    private readonly guesses: Guesses,
  ) {
    this.adminDigest = keys.adminToken === null ? null : sha256(keys.adminToken);
    this.isOpen = v1.list && auth.mode === 'simple';
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<Request>();
    const { headers } = request;
    this.guesses.check(request);
    const bearer = bearerOf(headers);
    if (this.adminDigest && bearer !== null && isSecret(bearer, this.adminDigest)) {
      setCaller(request, defaultCaller);
      return true;
    }
    const caller = await this.strategy.authenticate(headers);
    if (!caller) {
      throw bearer === null ? authFailed(headers) : this.guesses.failed(request);
    }
    if (!this.isOpen) throw new ListNotAllowedError();
    setCaller(request, caller);
    return true;
  }
}
