/** What a number counts. */
type Unit = 'ms' | 'seconds' | 'days' | 'bytes' | 'calls' | 'tokens';

/** The whole numbers that a variable takes. */
interface Range {
  min: number;
  max: number;
  unit?: Unit;
}

/** An environment variable: what it is unless set, what it takes, and what it is for. */
export interface Variable<Value> {
  readonly fallback: Value;
  /** What a text stands for; undefined when it is none that is taken. */
  readonly parse: (text: string) => Value | undefined;
  /** What is taken, as a refusal says it; null where that is any text. */
  readonly accepts: string | null;
  /** Where it takes numbers. */
  readonly range?: Range;
  /** Where it takes words: all of them. */
  readonly words?: readonly string[];
  /** Whether its value may hold a password, and is not repeated. */
  readonly mayHoldSecret?: boolean;
  /** The name that it had once, and goes on having: existing env files keep working. */
  readonly former: string | null;
  /** Sentences in Markdown, whose links begin in the folder docs. */
  readonly meaning: string;
}

export function text(
  fallback: string,
  meaning: string,
  former: string | null = null,
): Variable<string> {
  return { fallback, parse: (value) => value, accepts: null, former, meaning };
}

export function optional(meaning: string): Variable<string | null> {
  return { fallback: null, parse: (value) => value, accepts: null, former: null, meaning };
}

export function integer(fallback: number, range: Range, meaning: string): Variable<number> {
  const { min, max } = range;
  const parse = (value: string) => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number : undefined;
  };
  const accepts = `a whole number from ${min} to ${max}`;
  return { fallback, parse, accepts, range, former: null, meaning };
}

const truths = new Map([
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

export function boolean(
  fallback: boolean,
  meaning: string,
  former: string | null = null,
): Variable<boolean> {
  const parse = (value: string) => truths.get(value.toLowerCase());
  return { fallback, parse, accepts: 'true or false', words: ['true', 'false'], former, meaning };
}

export function choice<const Choice extends string>(
  fallback: Choice,
  words: readonly Choice[],
  meaning: string,
): Variable<Choice> {
  const parse = (value: string) => words.find((known) => known === value.toLowerCase());
  const accepts = `one of ${words.join(', ')}`;
  return { fallback, parse, accepts, words, former: null, meaning };
}

/** An http:// or https:// address, without slashes behind. */
export function address(meaning: string): Variable<string | null> {
  const accepts = 'an http:// or https:// address';
  const parse = parseAddress;
  return { fallback: null, parse, accepts, mayHoldSecret: true, former: null, meaning };
}

export function addressOr(fallback: string, meaning: string): Variable<string> {
  return { ...address(meaning), fallback, parse: parseAddress };
}

function parseAddress(value: string): string | undefined {
  const isHttp = URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
  return isHttp ? value.replace(/\/+$/, '') : undefined;
}

/** Words separated by commas or blanks. */
export function list(meaning: string): Variable<readonly string[]> {
  const parse = (value: string) => value.split(/[\s,]+/).filter((entry) => entry !== '');
  return { fallback: [], parse, accepts: null, former: null, meaning };
}
