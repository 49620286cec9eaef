/** How much structure a JSON text may have, however short it is. */
export interface JsonBounds {
  /** Objects and arrays within each other, the outermost counted. */
  readonly depth: number;
  /** Keys of all objects together. */
  readonly keys: number;
  /**
   * Elements of arrays, members of objects, objects and arrays: each counted where it begins. A number
   * that another value follows counts for a quarter: it is built for so much less than a text.
   */
  readonly values: number;
}

const quote = 0x22;
const comma = 0x2c;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const openBrace = 0x7b;
const closeBrace = 0x7d;

/** How many of them count for one value. */
const numbersOfValue = 4;

/** How much of a text is looked at in one go. */
const sliceLength = 65_536;

/**
 * Counts the structure of a JSON text from its bytes as they come, in time that grows with their
 * number alone and without building anything: what a parser makes of a few megabytes of brackets or
 * keys costs a hundred times their size. Whether it is JSON at all is the parser's question.
 */
export class JsonScan {
  private depth = 0;
  private deepest = 0;
  private keys = 0;
  private values = 0;
  private numbers = 0;
  /** The last byte so far. */
  private last = 0;
  private isInString = false;
  private isEscaped = false;

  constructor(private readonly bounds: JsonBounds) {}

  /**
   * @param bytes the next ones, in UTF-8
   * @returns what a text of which these bytes are a part `is` or `has`, where a bound is exceeded
   */
  add(bytes: Uint8Array): string | null {
    this.count(bytes);
    const { depth, keys, values } = this.bounds;
    if (this.deepest > depth) return `is nested more than ${depth} levels deep`;
    if (this.keys > keys) return `has more than ${keys} keys`;
    const counted = this.values + this.numbers / numbersOfValue;
    return counted > values ? `has more than ${values} values` : null;
  }

  /** One loop over local variables, and a tighter one within strings: it runs for every byte. */
  private count(bytes: Uint8Array): void {
    const { length } = bytes;
    let { depth, deepest, keys, values, numbers, isInString, isEscaped } = this;
    let place = 0;
    while (place < length) {
      if (isInString) {
        if (isEscaped) place += 1;
        isEscaped = false;
        while (place < length && isInString && !isEscaped) {
          const byte = bytes[place];
          if (byte === quote) isInString = false;
          else if (byte === backslash) isEscaped = true;
          place += 1;
        }
        continue;
      }
      const byte = bytes[place];
      place += 1;
      if (byte === quote) isInString = true;
      else if (byte === comma) {
        const before = (place > 1 ? bytes[place - 2] : this.last) ?? 0;
        if (before >= zero && before <= nine) numbers += 1;
        else values += 1;
      } else if (byte === colon) keys += 1;
      else if (byte === openBrace || byte === openBracket) {
        values += 1;
        depth += 1;
        if (depth > deepest) deepest = depth;
      } else if (byte === closeBrace || byte === closeBracket) depth -= 1;
    }
    this.last = bytes[length - 1] ?? this.last;
    this.numbers = numbers;
    this.depth = depth;
    this.deepest = deepest;
    this.keys = keys;
    this.values = values;
    this.isInString = isInString;
    this.isEscaped = isEscaped;
  }
}

/** The same for a whole text. @returns what it `is` or `has` where a bound is exceeded, or null */
export function exceededBound(text: string, bounds: JsonBounds): string | null {
  const scan = new JsonScan(bounds);
  for (let start = 0; start < text.length; start += sliceLength) {
    // A pair of surrogates that a slice ends in becomes two other characters beyond ASCII.
    const exceeded = scan.add(Buffer.from(text.slice(start, start + sliceLength)));
    if (exceeded !== null) return exceeded;
  }
  return null;
}
