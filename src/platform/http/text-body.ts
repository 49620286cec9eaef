import {
  createParamDecorator,
  Injectable,
  type ExecutionContext,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import type { Request } from 'express';
import { Settings } from '../../config/settings.js';
import { BodyReader } from './body-reader.js';

/** Reads the body as text, after the guards have let the caller in. */
@Injectable()
class TextBodyPipe implements PipeTransform<Request, Promise<string>> {
  constructor(
    private readonly bodies: BodyReader,
    private readonly settings: Settings,
  ) {}

  transform(request: Request): Promise<string> {
    return this.bodies.readText(request, this.settings.http.maxBodyBytes);
  }
}

export const RequestItself = createParamDecorator(
  (_data: undefined, context: ExecutionContext): Request =>
    context.switchToHttp().getRequest<Request>(),
);

/** The body as text, then as the pipes make it. */
export function TextBody(...pipes: Type<PipeTransform>[]): ParameterDecorator {
  return RequestItself(TextBodyPipe, ...pipes);
}
