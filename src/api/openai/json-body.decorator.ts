import { Injectable, type PipeTransform, type Type } from '@nestjs/common';
import type { Request } from 'express';
import { BodyReader } from '../../platform/http/body-reader.js';
import { RequestItself } from '../../platform/http/text-body.js';
import { Fields } from '../../platform/json/fields.js';
import { Settings } from '../../config/settings.js';

/** JSON schemas of tools and answers are deeper than anything else in a body. */
const deepest = 100;

/** Reads the body as JSON once the guards have let the caller in; none at all is an empty object. */
@Injectable()
class JsonBodyPipe implements PipeTransform<Request, Promise<Fields>> {
  constructor(
    private readonly bodies: BodyReader,
    private readonly settings: Settings,
  ) {}

  transform(request: Request): Promise<Fields> {
    return this.read(request, false);
  }

  protected async read(request: Request, isHandedOn: boolean): Promise<Fields> {
    const limit = this.settings.v1.maxBodyBytes;
    return new Fields(await this.bodies.readJson(request, { limit, depth: deepest, isHandedOn }));
  }
}

/** The same for bodies that go on to the model service as they are. */
@Injectable()
class RelayedBodyPipe extends JsonBodyPipe {
  override transform(request: Request): Promise<Fields> {
    return this.read(request, true);
  }
}

/** The fields of the JSON body, then as the pipes make them. */
export function JsonBody(...pipes: Type<PipeTransform>[]): ParameterDecorator {
  return RequestItself(JsonBodyPipe, ...pipes);
}

/** The fields of a JSON body that is handed on. */
export function RelayedBody(): ParameterDecorator {
  return RequestItself(RelayedBodyPipe);
}
