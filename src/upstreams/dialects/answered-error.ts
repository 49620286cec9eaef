import { APIError } from 'openai';
import { unsafeCast } from '../../platform/unsafe-cast.js';

/** Longer ones are cut: a refusal may repeat all of the request. */
const longestMessage = 4_096;
const longestName = 200;
/** How far an error may be wrapped into others. */
const deepest = 4;

/** What an upstream says of an error, as texts, whatever it put there. */
interface SaidError {
  message: string;
  type: string | null;
  code: string | null;
  param: string | null;
}

/** The headers of an answer. */
export type AnswerHeaders = Pick<Headers, 'get'> | undefined;

/**
 * The error of an answer that is none. Servers after OpenAI's model send numbers, lists and objects
 * where it has texts, wrap the error into a list, or have no `error` at all: everything behind this
 * sees texts or null, and always a reason.
 */
export class AnsweredError extends APIError {
  /** The upstream's own sentence, where there is one. */
  readonly reason: string;
  /** Whether the API itself spoke, and not something in front of it that sends pages. */
  readonly isOfApi: boolean;
  /** Whether it was JSON at all. */
  readonly isJson: boolean;
  /** Whether it says in Google's way, which comes with a 400, that the key is none. */
  readonly deniesKey: boolean;

  /**
   * @param status undefined for an error with status 200; its code counts then, where it is a status
   * @param body what was answered, parsed
   * @param text what was answered, where it is not JSON
   */
  constructor(
    status: number | undefined,
    body: unknown,
    text: string | undefined,
    headers: AnswerHeaders,
  ) {
    const { message, ...names } = read(body);
    const reason = message ?? sentenceIn(text) ?? `Status ${status ?? 200} without a reason`;
    const said: SaidError = { message: reason, ...names };
    super(status ?? statusIn(said.code), said, undefined, unsafeCast<Headers | undefined>(headers));
    this.reason = reason;
    this.isOfApi = message !== null;
    this.isJson = body !== undefined;
    this.deniesKey = detailsOf(unwrapped(body)).some(({ reason }) => reason === 'API_KEY_INVALID');
  }
}

/** The error that comes with status 200 in the place of an answer; null when there is none. */
export function errorIn(value: unknown, headers: AnswerHeaders): AnsweredError | null {
  const answer = Array.isArray(value) ? first(value) : value;
  if (!isRecord(answer)) return null;
  const isError = isSaid(answer['error']) || answer['object'] === 'error' || isBareError(answer);
  if (isError) return new AnsweredError(undefined, answer, undefined, headers);
  // Routers put the error of who answers behind them into the choice.
  const choice = Array.isArray(answer['choices']) ? first(answer['choices']) : null;
  if (!isRecord(choice) || !isSaid(choice['error'])) return null;
  return new AnsweredError(undefined, choice, undefined, headers);
}

/** Some servers have an error of nothing with every answer. */
function isSaid(error: unknown): boolean {
  return isRecord(error) ? Object.values(error).some(Boolean) : Boolean(error);
}

/** One that has the code of a status and a sentence, and nothing of an answer. */
function isBareError(answer: Record<string, unknown>): boolean {
  if (answer['choices'] || answer['data']) return false;
  return statusIn(nameOf(answer['code'])) !== undefined && sentenceOf(answer) !== null;
}

function read(body: unknown): Omit<SaidError, 'message'> & { message: string | null } {
  const error = unwrapped(body);
  if (!isRecord(error)) return { message: sentenceOf(error), type: null, code: null, param: null };
  return {
    message: sentenceOf(error),
    type: nameOf(error['type']),
    code: nameOf(error['code']),
    param: nameOf(error['param']) ?? placeIn(error),
  };
}

/** Without the lists and the `error` members that it is wrapped into. */
function unwrapped(body: unknown): unknown {
  let error = body;
  for (let depth = 0; depth < deepest; depth += 1) {
    const inner = Array.isArray(error) ? first(error) : isRecord(error) ? error['error'] : null;
    if (!isRecord(inner) && !Array.isArray(inner)) return error;
    error = inner;
  }
  return error;
}

/** What a value says in words: itself, its parts', or that of the member that has some. */
function sentenceOf(value: unknown, depth = 0): string | null {
  if (depth > deepest) return null;
  if (Array.isArray(value)) {
    const sentences = value.slice(0, deepest).map((part: unknown) => sentenceOf(part, depth + 1));
    return textOf(sentences.filter((sentence) => sentence !== null).join('; '), longestMessage);
  }
  if (!isRecord(value)) return textOf(value, longestMessage);
  for (const name of ['message', 'detail', 'msg', 'error', 'errors', 'title']) {
    const sentence = sentenceOf(value[name], depth + 1);
    const place = locationOf(value);
    if (sentence !== null) return place === null ? sentence : `${place}: ${sentence}`;
  }
  return null;
}

/** Of a body that is not JSON; a page for browsers is not a sentence. */
function sentenceIn(text: string | undefined): string | null {
  return text === undefined || /^\s*</.test(text) ? null : textOf(text.trim(), longestMessage);
}

/** The parameter that the servers made with FastAPI name by its place: `["body", "stream_options"]`. */
function placeIn(error: Record<string, unknown>): string | null {
  const { message, detail } = error;
  const details = isRecord(message) ? message['detail'] : detail;
  const named = Array.isArray(details) ? first(details) : null;
  return isRecord(named) ? locationOf(named) : null;
}

/** Of an error as Google's APIs have it: each detail says its reason by name. */
function detailsOf(error: unknown): Record<string, unknown>[] {
  const details = isRecord(error) ? error['details'] : null;
  return Array.isArray(details) ? details.slice(0, deepest).filter(isRecord) : [];
}

function locationOf({ loc }: Record<string, unknown>): string | null {
  if (!Array.isArray(loc)) return null;
  const names = loc.filter((name) => typeof name === 'string' || typeof name === 'number');
  return textOf(names.slice(names[0] === 'body' ? 1 : 0).join('.'), longestName);
}

function statusIn(code: string | null): number | undefined {
  return code !== null && /^[45]\d\d$/.test(code) ? Number(code) : undefined;
}

function nameOf(value: unknown): string | null {
  return textOf(value, longestName);
}

function textOf(value: unknown, longest: number): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' ? text.slice(0, longest) : null;
}

function first(list: readonly unknown[]): unknown {
  return list[0];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
