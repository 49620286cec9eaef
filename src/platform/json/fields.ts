import { InvalidFieldError } from '../errors/http.errors.js';

/** A JSON object of which nothing is known yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The list, or an empty one where there is none. */
export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * Reads the fields of a JSON object one by one. Absent and null are the same, as in the OpenAI API;
 * what is wrong is named by its path.
 */
export class Fields {
  /** @param path of the object itself, empty for the body */
  constructor(
    readonly object: JsonObject,
    private readonly path = '',
  ) {}

  /** A value that must be an object. @throws InvalidFieldError */
  static of(value: unknown, path: string): Fields {
    if (isJsonObject(value)) return new Fields(value, path);
    throw new InvalidFieldError(path, 'invalid_type', `${path} must be an object`);
  }

  /** A field's name with everything around it. */
  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  /** The value, or null when it is absent. */
  get(name: string): unknown {
    return Object.hasOwn(this.object, name) ? (this.object[name] ?? null) : null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  /** @throws InvalidFieldError for the first field that is not among the names */
  allow(names: ReadonlySet<string>): void {
    const unknown = Object.keys(this.object).find((name) => !names.has(name));
    if (unknown === undefined) return;
    const field = this.at(unknown).slice(0, 128);
    throw new InvalidFieldError(field, 'unknown_parameter', `Unknown parameter: '${field}'.`);
  }

  /** @throws InvalidFieldError when the field has a value; `reason` says why none is taken */
  refuse(name: string, reason: string): void {
    if (this.has(name)) throw this.fault(name, 'unsupported_parameter', reason);
  }

  /** @throws InvalidFieldError when it is absent too */
  requiredText(name: string, longest = Number.POSITIVE_INFINITY): string {
    const text = this.text(name, longest);
    if (text !== null) return text;
    const field = this.at(name);
    throw this.fault(name, 'missing_required_parameter', `Missing required parameter: '${field}'.`);
  }

  text(name: string, longest = Number.POSITIVE_INFINITY): string | null {
    const value = this.get(name);
    if (value === null) return null;
    if (typeof value !== 'string') throw this.wrongType(name, 'a string');
    if (value.length > longest) {
      throw this.fault(name, 'invalid_value', `${this.at(name)} is over ${longest} characters`);
    }
    return value;
  }

  flag(name: string): boolean | null {
    const value = this.get(name);
    if (value === null || typeof value === 'boolean') return value;
    throw this.wrongType(name, 'true or false');
  }

  number(name: string, range: { min: number; max: number }): number | null {
    const value = this.get(name);
    if (value === null) return null;
    if (typeof value !== 'number') throw this.wrongType(name, 'a number');
    if (value >= range.min && value <= range.max) return value;
    const accepted = `from ${range.min} to ${range.max}`;
    throw this.fault(name, 'invalid_value', `${this.at(name)} must be ${accepted}`);
  }

  integer(name: string, range: { min: number; max: number }): number | null {
    const value = this.number(name, range);
    if (value !== null && !Number.isInteger(value)) throw this.wrongType(name, 'a whole number');
    return value;
  }

  choice<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | null {
    const value = this.get(name);
    if (value === null) return null;
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    const accepted = `${this.at(name)} must be one of ${choices.join(', ')}`;
    throw this.fault(name, 'invalid_value', accepted);
  }

  fields(name: string): Fields | null {
    const value = this.get(name);
    return value === null ? null : Fields.of(value, this.at(name));
  }

  list(name: string, longest = Number.POSITIVE_INFINITY): unknown[] | null {
    const value = this.get(name);
    if (value === null) return null;
    if (!Array.isArray(value)) throw this.wrongType(name, 'an array');
    const list: unknown[] = value;
    if (list.length > longest) {
      throw this.fault(name, 'invalid_value', `${this.at(name)} takes at most ${longest} entries`);
    }
    return list;
  }

  fault(name: string, fault: InvalidFieldError['fault'], detail: string): InvalidFieldError {
    return new InvalidFieldError(this.at(name), fault, detail);
  }

  wrongType(name: string, accepted: string): InvalidFieldError {
    return this.fault(name, 'invalid_type', `${this.at(name)} must be ${accepted}`);
  }
}
