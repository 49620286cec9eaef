import { variables, type Values } from './variables.js';

/** Environment variables as they come: all strings, some absent. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** The name of a variable that is read. */
type VariableName = keyof Values;

/**
 * Reads single variables and collects what is wrong with them, so that one failed start names
 * every bad setting. An empty value counts as unset: that is what `NAME=` in an env file means.
 */
export class VariableReader {
  readonly problems: string[] = [];
  /** Of values that are taken, and look like mistakes. */
  readonly warnings: string[] = [];

  constructor(private readonly variables: Variables) {}

  /** Its value, or its fallback where it is unset or wrong. */
  get<Name extends VariableName>(name: Name): Values[Name] {
    const { fallback, former, parse, accepts, mayHoldSecret } = variables[name];
    const text = this.textOf(name);
    const formerText = former === null ? null : this.textOf(former);
    if (text !== null && formerText !== null && text !== formerText) {
      this.problems.push(`${name} and ${former} are one setting and differ: set ${name} alone`);
    }
    const given = text ?? formerText;
    if (given === null) return fallback;
    const value = parse(given);
    if (value !== undefined) return value;
    const calledHere = text === null ? former : name;
    if (mayHoldSecret) this.problems.push(`${calledHere} is not usable: it takes ${accepts}`);
    else this.problems.push(`${calledHere} is "${given}", but it takes ${accepts}`);
    return fallback;
  }

  /** Whether it is said at all. */
  isSet(name: VariableName): boolean {
    return this.textOf(name) !== null;
  }

  refuse(name: VariableName, value: string, accepted: string): void {
    this.problems.push(`${name} is "${value}", but it takes ${accepted}`);
  }

  private textOf(name: string): string | null {
    const value = this.variables[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }
}
