import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { authFailed, AuthStrategy, bearerOf } from '../../auth/auth.strategy.js';
import { defaultCaller, setCaller } from '../../auth/caller.js';
import { Guesses } from '../../auth/guesses.js';
import { isSecret, sha256 } from '../../auth/secret-digest.js';
import { Settings } from '../../config/settings.js';
import { ListNotAllowedError } from './openai-api.errors.js';

/**
 * Who may see that conversations exist: whoever has ADMIN_TOKEN, and with V1_LIST whoever has the
 * TOKEN of simple auth. For everyone else an unguessable id is a conversation's only fence.
 */
@Injectable()
export class ConversationListGuard implements CanActivate {
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
