import type { Abstract } from '@nestjs/common';
import { ApiProperty, ApiSchema, type ApiPropertyOptions } from '@nestjs/swagger';

type DescribedClass = abstract new (...args: never[]) => object;

/**
 * Every property of the class, no other one, and required exactly where the class requires it. A type
 * is never `() => Class`: it would be told from a class by the function's name, which the build drops.
 */
export type Properties<Dto> = {
  [Name in keyof Dto]-?: ApiPropertyOptions & {
    required: undefined extends Dto[Name] ? false : true;
    type?: string | DescribedClass | [DescribedClass];
  };
};

/** Every class that has a schema in the document. */
const documented = new Set<Abstract<object>>();

/** Describes a DTO's properties, as decorators on them would; see {@link documentRoute}. */
export function documentDto<Dto extends object>(
  type: Abstract<Dto>,
  description: string,
  properties: Properties<Dto>,
): void {
  ApiSchema({ description })(type);
  for (const [name, options] of Object.entries<ApiPropertyOptions>(properties)) {
    ApiProperty(options)(type.prototype, name);
  }
  documented.add(type);
}

/** The classes described so far. */
export function documentedDtos(): Abstract<object>[] {
  return [...documented];
}
