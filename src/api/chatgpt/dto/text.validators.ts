import {
  ValidateBy,
  ValidateIf,
  type ValidationArguments,
  type ValidationOptions,
} from 'class-validator';

/** Passes over a key that is absent; unlike IsOptional it has a null checked like any value. */
export function MayBeAbsent(): PropertyDecorator {
  return ValidateIf((_dto, value) => value !== undefined);
}

/** Takes a string with something other than white space in it. */
export function IsNotBlank(options: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '';
  return ValidateBy({ name: 'isNotBlank', validator: { validate } }, options);
}

/** Takes an array of an even number of elements. */
export function HasPairs(options: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown): boolean => Array.isArray(value) && value.length % 2 === 0;
  return ValidateBy({ name: 'hasPairs', validator: { validate } }, options);
}

/** Refuses a value that equals another property's. */
export function DiffersFrom(property: string, options: ValidationOptions): PropertyDecorator {
  const validate = (value: unknown, context?: ValidationArguments): boolean =>
    context !== undefined && value !== Reflect.get(context.object, property);
  return ValidateBy({ name: 'differsFrom', validator: { validate } }, options);
}
