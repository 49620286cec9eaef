/** Environment variables as they come: all strings, some absent. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Names that settings had once, and go on having: existing env files keep working. */
const formerNames: Partial<Record<string, string>> = {
  TEXT_MODEL: 'GPT3_MODEL',
  FAST_MODEL: 'TURBO_MODEL',
  STRONG_MODEL: 'GPT4_MODEL',
  LEGACY_STATUS_CODES: 'SEED_STATUS_CODES',
};

/**
 * Reads single variables and collects what is wrong with them, so that one failed start names
 * every bad setting. An empty value counts as unset: that is what `NAME=` in an env file means.
 */
export class VariableReader {
  readonly problems: string[] = [];
  /** Of values that are taken, and look like mistakes. */
  readonly warnings: string[] = [];
  /** Of all that were read, set or not. */
  readonly names = new Set<string>();

  constructor(private readonly variables: Variables) {}

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback;
  }

  optional(name: string): string | null {
    const value = this.valueOf(name);
    const former = formerNames[name];
    if (former === undefined) return value;
    const formerValue = this.valueOf(former);
    if (value !== null && formerValue !== null && value !== formerValue) {
      this.problems.push(`${name} and ${former} are one setting and differ: set ${name} alone`);
    }
    return value ?? formerValue;
  }

  private valueOf(name: string): string | null {
    this.names.add(name);
    const value = this.variables[name]?.trim();
    return value === undefined || value === '' ? null : value;
  }

  integer(name: string, fallback: number, range: { min: number; max: number }): number {
    const value = this.optional(name);
    if (value === null) return fallback;
    const number = Number(value);
    const fits = /^\d+$/.test(value) && number >= range.min && number <= range.max;
    if (!fits) this.refuse(name, value, `a whole number from ${range.min} to ${range.max}`);
    return number;
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.optional(name)?.toLowerCase();
    if (value === undefined) return fallback;
    if (['true', '1', 'yes', 'on'].includes(value)) return true;
    if (['false', '0', 'no', 'off'].includes(value)) return false;
    this.refuse(name, value, 'true or false');
    return fallback;
  }

  choice<const Choice extends string>(
    name: string,
    fallback: Choice,
    choices: readonly Choice[],
  ): Choice {
    const value = this.optional(name);
    if (value === null) return fallback;
    const chosen = choices.find((choice) => choice === value.toLowerCase());
    if (chosen === undefined) this.refuse(name, value, `one of ${choices.join(', ')}`);
    return chosen ?? fallback;
  }

  httpUrl(name: string): string | null {
    const value = this.optional(name);
    if (value === null) return null;
    const url = URL.canParse(value) ? new URL(value) : null;
    if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
      // The value may hold a password, so it is not repeated.
      this.problems.push(`${name} is not usable: it takes an http:// or https:// address`);
    }
    return value.replace(/\/+$/, '');
  }

  list(name: string): string[] {
    return (this.optional(name) ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  }

  refuse(name: string, value: string, accepted: string): void {
    this.problems.push(`${this.nameOf(name)} is "${value}", but it takes ${accepted}`);
  }

  /** What the setting is called where it is set. */
  private nameOf(name: string): string {
    const former = formerNames[name];
    return former === undefined || this.valueOf(name) !== null ? name : former;
  }
}
