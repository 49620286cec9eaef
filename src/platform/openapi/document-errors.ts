import { applyDecorators } from '@nestjs/common';
import { ApiResponse, type ExamplesObject } from '@nestjs/swagger';
import type { AppError } from '../errors/app.error.js';
import { UnknownHostError } from '../errors/http.errors.js';
import { problemType } from '../http/problem-details.format.js';
import type { Content } from './content.js';

/** What any route may answer, said of those that refuse nothing by themselves. */
export const otherwiseNone: readonly AppError[] = [new UnknownHostError('alice.example')];

/** How one API writes errors of one status. */
export type ErrorContent = (errors: readonly AppError[]) => Content;

/** One answer for each status among the errors, with each error as an example of it. */
export function documentErrors(
  errors: readonly AppError[],
  contentOf: ErrorContent,
  statusOf = ({ status }: AppError): number => status,
): MethodDecorator {
  const byStatus = new Map<number, AppError[]>();
  for (const error of errors) {
    const status = statusOf(error);
    byStatus.set(status, [...(byStatus.get(status) ?? []), error]);
  }
  const answers = [...byStatus].map(([status, same]) => {
    const names = new Set(same.flatMap(({ headers }) => Object.keys(headers)));
    return ApiResponse({
      status,
      description: [...new Set(same.map(({ title }) => title))].join('; '),
      headers: Object.fromEntries(
        [...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
      ),
      content: contentOf(same),
    });
  });
  return applyDecorators(...answers);
}

/** Errors as one sentence of plain text. */
export function sentences(errors: readonly AppError[]): Content {
  const examples = exampleOfEach(errors, ({ detail }) => detail);
  return { 'text/plain': { schema: { type: 'string' }, examples } };
}

/** Errors as problem details (RFC 9457). */
export function problemDetails(errors: readonly AppError[]): Content {
  const examples = exampleOfEach(errors, ({ title, status, detail, code }) => ({
    type: problemType(code),
    title,
    status,
    detail,
    code,
  }));
  const schema = { $ref: '#/components/schemas/ProblemDetails' };
  return { 'application/problem+json': { schema, examples } };
}

/** Every error by its code, as one API shows it. */
export function exampleOfEach(
  errors: readonly AppError[],
  valueOf: (error: AppError) => unknown,
): ExamplesObject {
  const seen = new Map<string, number>();
  const examples = errors.map((error): [string, { summary: string; value: unknown }] => {
    const count = (seen.get(error.code) ?? 0) + 1;
    seen.set(error.code, count);
    const name = count === 1 ? error.code : `${error.code} (${count})`;
    return [name, { summary: error.detail, value: valueOf(error) }];
  });
  return Object.fromEntries(examples);
}
