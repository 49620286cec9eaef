import { Injectable, type PipeTransform, type Type } from '@nestjs/common';
import type { Request } from 'express';
import { parseJsonObject } from '../common/http/json-object.js';
import { readText, RequestItself } from '../common/http/text-body.js';
import { Fields } from '../common/json/fields.js';
import { Settings } from '../config/settings.js';

/** JSON schemas of tools and answers are deeper than anything else in a body. */
const deepest = 100;

/** Reads the body as JSON once the guards have let the caller in; none at all is an empty object. */
@Injectable()
class JsonBodyPipe implements PipeTransform<Request, Promise<Fields>> {
  constructor(private readonly settings: Settings) {}

  async transform(request: Request): Promise<Fields> {
    const body = await readText(request, this.settings.v1.maxBodyBytes);
    return new Fields(body.trim() === '' ? {} : parseJsonObject(body, deepest));
  }
}

/** The fields of the JSON body, then as the pipes make them. */
export function JsonBody(...pipes: Type<PipeTransform>[]): ParameterDecorator {
  return RequestItself(JsonBodyPipe, ...pipes);
}
