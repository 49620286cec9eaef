import { applyDecorators, type Abstract } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  ApiBody,
  ApiHeader,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiSecurity,
  ApiTags,
  type ApiHeaderOptions,
  type ApiParamOptions,
  type ApiQueryOptions,
  type HeaderObject,
  type RequestBodyObject,
  type SecurityRequirementObject,
} from '@nestjs/swagger';
import { Public } from '../http/public.decorator.js';
import type { AppError } from '../errors/app.error.js';
import type { Content } from './content.js';
import { documentErrors, type ErrorContent } from './document-errors.js';

/** What there is to know of a route beside what Nest knows: its method, path and guard. */
export interface RouteDocumentation {
  tag: string;
  summary: string;
  description?: string;
  /** What the places in the path stand for. */
  pathParameters?: readonly ApiParamOptions[];
  headers?: readonly ApiHeaderOptions[];
  query?: readonly ApiQueryOptions[];
  /** Which credentials let a caller past, any of them; those of AUTH_MODE unless the route is public. */
  security?: readonly SecurityRequirementObject[];
  body?: Content;
  isBodyRequired?: boolean;
  answer: Answer;
  /** Everything else that it may answer; status and sentence are taken from the error itself. */
  errors: readonly AppError[];
  errorContent: ErrorContent;
  /** Whether credentials are asked for by a guard of its own. */
  isGuarded?: boolean;
  /** Where an API answers errors with other statuses than their own. */
  statusOf?: (error: AppError) => number;
}

/** A good answer. */
export interface Answer {
  /** 200 unless said. */
  status?: number;
  description: string;
  /** What each header beside the common ones says. */
  headers?: Record<string, string>;
  /** Left out for an answer without a body. */
  content?: Content;
}

/** Stands for what AUTH_MODE asks for, which is known when the document is built. */
const credentials = [{ caller: [] }];

const requestBodies = new Map<string, RequestBodyObject>();

/** What the operation takes, if anything. */
export function requestBodyOf(operationId: string): RequestBodyObject | undefined {
  return requestBodies.get(operationId);
}

/**
 * Documents one method of a controller, as decorators on it would, but only when the document is
 * built: `@nestjs/swagger` costs memory that a service whose document nobody reads need not have.
 */
export function documentRoute<Controller extends object>(
  controller: Abstract<Controller>,
  method: keyof Controller & string,
  route: RouteDocumentation,
): void {
  const { prototype } = controller;
  const handler: unknown = prototype[method];
  const descriptor = Object.getOwnPropertyDescriptor(prototype, method);
  if (!descriptor || typeof handler !== 'function') {
    throw new Error(`${controller.name} has no method ${method}`);
  }
  const operationId = `${controller.name.replace(/Controller$/, '')}_${method}`;
  const isPublic =
    !route.isGuarded && new Reflector().getAllAndOverride(Public, [handler, controller]);
  applyDecorators(
    ApiTags(route.tag),
    documentTexts(operationId, route),
    ...documentBody(operationId, route),
    ...(route.pathParameters ?? []).map((parameter) => ApiParam(parameter)),
    ...(route.query ?? []).map((parameter) => ApiQuery(parameter)),
    ...(route.headers ?? []).map((header) => ApiHeader(header)),
    ...(route.security ?? (isPublic ? [] : credentials)).map((needed) => ApiSecurity(needed)),
    ApiResponse(goodAnswer(route.answer)),
    documentErrors(route.errors, route.errorContent, route.statusOf),
  )(prototype, method, descriptor);
}

function documentTexts(
  operationId: string,
  { summary, description }: RouteDocumentation,
): MethodDecorator {
  return ApiOperation({ operationId, summary, ...(description ? { description } : {}) });
}

/**
 * Nest knows a body of one schema and guesses it from the handler's parameter. ApiBody ends the
 * guess; the body itself, of any number of media types, is kept for {@link requestBodyOf}.
 */
function documentBody(operationId: string, route: RouteDocumentation): MethodDecorator[] {
  if (route.body === undefined) return [];
  requestBodies.set(operationId, { required: route.isBodyRequired ?? false, content: route.body });
  return [ApiBody({ schema: {} })];
}

function goodAnswer({ status = 200, description, headers = {}, content }: Answer) {
  const described = Object.entries(headers).map(([name, what]): [string, HeaderObject] => [
    name,
    { description: what, schema: { type: 'string' } },
  ]);
  const body = content ? { content } : {};
  return { status, description, headers: Object.fromEntries(described), ...body };
}
