import type { JsonObject } from './fields.js';

/** Stands before the digits of a number while it is kept as a text; no text of JSON's making has it. */
const mark = '\u0000exactly ';
const kept = /"\\u0000exactly (-?\d{16,100})"/g;

/** As many digits as a number has at least that a double may not hold. */
const manyDigits = /\d{16}/;
/**
 * The beginning of a string, or a whole number of 16 to 100 digits. Longer ones are read as any other
 * number: no service keeps them, and an expression without a bound runs out of stack on millions.
 */
const token = /"|(?<![\d.eE+-])-?[1-9]\d{15,99}(?![\d.eE])/g;

/**
 * JSON text in which whole numbers of up to 100 digits that a double does not hold are texts, which
 * {@link toExactJson} undoes: to hand them on digit for digit. All other text comes back as it is, at
 * the price of one search.
 */
export function withExactNumbers(text: string): string {
  if (!manyDigits.test(text)) return text;
  let exact = '';
  let copied = 0;
  token.lastIndex = 0;
  for (let found = token.exec(text); found; found = token.exec(text)) {
    const [said] = found;
    if (said === '"') token.lastIndex = endOfString(text, token.lastIndex);
    else if (!Number.isSafeInteger(Number(said))) {
      exact += `${text.slice(copied, found.index)}${JSON.stringify(mark + said)}`;
      copied = token.lastIndex;
    }
  }
  return exact + text.slice(copied);
}

/** Objects that were read from text with such numbers. */
const withMarks = new WeakSet<object>();

export function noteExactNumbers(object: JsonObject): void {
  withMarks.add(object);
}

export function hasExactNumbers(object: object): boolean {
  return withMarks.has(object);
}

/** The JSON text of what has such numbers. */
export function toExactJson(value: object): string {
  return JSON.stringify(value).replaceAll(kept, '$1');
}

/** @param start the place behind its first quote @returns the place behind its last one */
function endOfString(text: string, start: number): number {
  let place = start;
  for (;;) {
    place = text.indexOf('"', place);
    if (place < 0) return text.length;
    let slashes = 0;
    while (text[place - 1 - slashes] === '\\') slashes += 1;
    place += 1;
    if (slashes % 2 === 0) return place;
  }
}
