import type { Abstract } from '@nestjs/common';
import { getSchemaPath, type ContentObject, type ExamplesObject } from '@nestjs/swagger';

/** A body by its media types, of a request or of an answer. */
export type Content = ContentObject;

/** A plain object with a DTO's properties. */
export type ExampleOf<Dto> = Pick<Dto, keyof Dto>;

/** Text; the examples are named by what they show. */
export function text(examples: Record<string, string>): Content {
  return { 'text/plain': { schema: { type: 'string' }, examples: named(examples) } };
}

/** An answer that comes piece by piece. */
export function eventStream(examples: Record<string, string>): Content {
  return { 'text/event-stream': { schema: { type: 'string' }, examples: named(examples) } };
}

/** An object of a class that {@link documentDto} has described. */
export function json<Dto extends object>(
  type: Abstract<Dto>,
  examples: Record<string, ExampleOf<NoInfer<Dto>>>,
): Content {
  return { 'application/json': { schema: schemaOf(type), examples: named(examples) } };
}

/** The same as fields of a form. */
export function form<Dto extends object>(
  type: Abstract<Dto>,
  examples: Record<string, ExampleOf<NoInfer<Dto>>>,
): Content {
  return {
    'application/x-www-form-urlencoded': { schema: schemaOf(type), examples: named(examples) },
  };
}

function schemaOf(type: Abstract<object>): { $ref: string } {
  return { $ref: getSchemaPath(type) };
}

function named(examples: Record<string, unknown>): ExamplesObject {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}
