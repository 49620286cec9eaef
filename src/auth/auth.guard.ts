import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { isCrossSite } from '../platform/http/hosts.js';
import { Settings } from '../config/settings.js';
import { CrossSiteError } from './auth.errors.js';
import { authFailed, AuthStrategy } from './auth.strategy.js';
import { setCaller } from './caller.js';
import { Public } from '../platform/http/public.decorator.js';

/**
 * Lets nobody past who has not proved to the strategy that they may call, public routes apart. Where
 * nothing is to be proved, a browser's word that another site calls is enough to refuse it.
 */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly strategy: AuthStrategy,
    private readonly reflector: Reflector,
    private readonly settings: Settings,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()])) {
      return true;
    }
    const request = context.switchToHttp().getRequest<Request>();
    const { headers } = request;
    const { auth, http } = this.settings;
    if (auth.mode === 'none' && isCrossSite(headers, http.corsOrigins)) throw new CrossSiteError();
    const caller = await this.strategy.authenticate(headers);
    if (!caller) throw authFailed(headers);
    setCaller(request, caller);
    return true;
  }
}
