import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Response } from 'express';
import { CallsModel } from './calls-model.decorator.js';
import { InFlightCalls } from './in-flight-calls.js';

/** Opens a running call before its body is read, so that waiting bodies are bounded too. */
@Injectable()
export class InFlightCallsGuard implements CanActivate {
  constructor(
    private readonly inFlightCalls: InFlightCalls,
    private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.get(CallsModel, context.getHandler())) {
      this.inFlightCalls.open(context.switchToHttp().getResponse<Response>());
    }
    return true;
  }
}
