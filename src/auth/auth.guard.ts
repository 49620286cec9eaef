import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { AuthFailedError } from './auth.errors.js';
import { AuthStrategy } from './auth.strategy.js';
import { Public } from './public.decorator.js';

/** Lets nobody past who has not proved to the strategy that they may call, public routes apart. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly strategy: AuthStrategy,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.reflector.getAllAndOverride(Public, [context.getHandler(), context.getClass()])) {
      return true;
    }
    const { headers } = context.switchToHttp().getRequest<Request>();
    if (!(await this.strategy.authenticate(headers))) throw new AuthFailedError();
    return true;
  }
}
