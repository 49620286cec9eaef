import { InvalidInputError } from '../../../platform/errors/http.errors.js';

const printable = /^[\x21-\x7e]{8,256}$/;
const label = /^\P{Cc}{1,100}$/u;

/** @throws InvalidInputError naming the key that is not known */
export function checkNames(given: object, known: readonly string[], place = ''): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new InvalidInputError(`Unknown key: ${place}${unknown.slice(0, 64)}`);
  }
}

/** @throws InvalidInputError, which does not repeat what it was */
export function readSecret(value: unknown, name: string): string {
  if (typeof value === 'string' && printable.test(value)) return value;
  throw new InvalidInputError(`${name} must be 8 to 256 printable characters without blanks`);
}

/** @throws InvalidInputError */
export function readLabel(value: unknown, name: string): string {
  if (typeof value === 'string' && label.test(value)) return value;
  throw new InvalidInputError(`${name} must be 1 to 100 characters without control characters`);
}
