import { isJsonObject, listOf } from '../../../platform/json/fields.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import type { RawAnswer } from '../dialect.js';
import { SecretEventFilter } from '../secret-event-filter.js';

/**
 * Looks at the texts of each choice. What is held back comes with the next event of the choice, and with
 * its last one at the latest.
 */
export class ChatEventFilter extends SecretEventFilter {
  protected cleanTexts(event: RawAnswer): RawAnswer {
    const { value } = event;
    let isChanged = false;
    const { choices } = value;
    for (const choice of Array.isArray(choices) ? choices : [choices]) {
      if (isJsonObject(choice) && this.cleanChoice(choice)) isChanged = true;
    }
    return isChanged ? { data: JSON.stringify(value), value } : event;
  }

  private cleanChoice(choice: Choice): boolean {
    const index = typeof choice['index'] === 'number' ? choice['index'] : 0;
    let isChanged = this.cleanText(choice, 'text', index, 'text');
    if (typeof choice['delta'] === 'string') {
      choice['delta'] = { content: choice['delta'] };
      isChanged = true;
    }
    const { delta } = choice;
    if (isJsonObject(delta)) {
      for (const name of Object.keys(delta)) {
        const said = delta[name];
        if (typeof said === 'string') {
          if (said !== '' && this.cleanText(delta, name, index, `delta ${name}`)) isChanged = true;
          continue;
        }
        if (typeof said !== 'object' || said === null) continue;
        if (this.cleanParts(said, index, `delta ${name}`)) isChanged = true;
      }
      for (const call of listOf(delta['tool_calls'])) {
        if (!isJsonObject(call)) continue;
        const called = call['function'] ?? call['custom'];
        const place = call['index'];
        const path = `call ${typeof place === 'number' ? place : 0}`;
        if (!isJsonObject(called)) continue;
        if (this.cleanText(called, 'arguments', index, path)) isChanged = true;
        if (this.cleanText(called, 'input', index, path)) isChanged = true;
      }
    }
    if (choice['finish_reason'] && this.open.size > 0) {
      return this.flush(choice, index) || isChanged;
    }
    return isChanged;
  }

  /** Texts that come in parts, however these are nested. */
  private cleanParts(parts: object, index: number, path: string, depth = 0): boolean {
    let isChanged = false;
    for (const name of Array.isArray(parts) ? parts.keys() : words) {
      const said: unknown = Reflect.get(parts, name);
      const isNested = typeof said === 'object' && said !== null && depth < deepest;
      const isCleaned = isNested
        ? this.cleanParts(said, index, path, depth + 1)
        : this.cleanText(parts, name, index, path);
      if (isCleaned) isChanged = true;
    }
    return isChanged;
  }

  private cleanText(owner: object, name: string | number, index: number, path: string): boolean {
    const text: unknown = Reflect.get(owner, name);
    if (typeof text !== 'string' || text === '' || this.isClean(text)) return false;
    const clean = this.push(`${index} ${path}`, text);
    if (clean === text) return false;
    Reflect.set(owner, name, clean);
    return true;
  }

  /** A choice is over: what is held back of it was no secret. */
  private flush(choice: Choice, index: number): boolean {
    let isChanged = false;
    for (const [key, filter] of this.open) {
      if (!key.startsWith(`${index} `)) continue;
      this.open.delete(key);
      const rest = filter.end();
      if (rest === '') continue;
      isChanged = true;
      append(choice, key.slice(`${index} `.length), rest);
    }
    return isChanged;
  }
}

/** Members of a part in which words may be. */
const words = ['text', 'content', 'value', 'thinking', 'refusal'];
/** More than any decoder reads. */
const deepest = 16;

/** A part of an answer, which is changed where a secret stands in it. */
type Choice = Record<string, unknown>;

function append(choice: Choice, path: string, rest: string): void {
  const [kind = '', name = ''] = path.split(' ');
  if (kind === 'text') {
    choice['text'] = `${stringOr(choice['text'])}${rest}`;
    return;
  }
  const delta: Choice = isJsonObject(choice['delta']) ? choice['delta'] : {};
  choice['delta'] = delta;
  if (kind === 'delta') {
    const before = delta[name];
    const parts = isJsonObject(before) ? [before] : before;
    delta[name] = Array.isArray(parts)
      ? [...unsafeCast<unknown[]>(parts), { type: 'text', text: rest }]
      : `${stringOr(before)}${rest}`;
    return;
  }
  const calls = listOf(delta['tool_calls']);
  delta['tool_calls'] = [...calls, { index: Number(name), function: { arguments: rest } }];
}

function stringOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
