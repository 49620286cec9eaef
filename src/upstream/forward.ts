import type { Readable } from 'node:stream';
import { APIError, type OpenAI } from 'openai';
import type { ModelParameters } from '../providers/model-request.js';
import { trusted } from '../common/trusted.js';
import type { CallWatch } from './call-watch.js';
import { eventData } from './event-data.js';
import { TruncatedAnswerError } from './model-call.js';

/** A request of the OpenAI API as a caller made it. */
export interface ForwardRequest {
  path: '/chat/completions' | '/completions' | '/embeddings';
  model: string;
  /** Sent as it is, `model` included; fields that nobody here knows too. */
  body: Readonly<Record<string, unknown>>;
  /** What this service adds; left out, or renamed, where the model refuses it. */
  parameters?: ModelParameters;
}

/** A whole answer, or one event of a stream: the JSON text as it came, and what it says. */
export interface Forwarded {
  data: string;
  value: ForwardedAnswer;
}

/** A chat completion, its chunk, a completion or embeddings, as far as it is looked at. */
export interface ForwardedAnswer {
  choices?: ForwardedChoice[] | null;
  data?: unknown[] | null;
  error?: object | null;
}

interface ForwardedChoice {
  index?: number;
  delta?: Record<string, unknown> | null;
  text?: string | null;
  finish_reason?: string | null;
}

/** The whole answer. @throws what the client throws, or the watch's reason */
export async function* forwardPlain(
  client: OpenAI,
  request: ForwardRequest,
  secret: string,
  watch: CallWatch,
): AsyncGenerator<Forwarded, void, undefined> {
  const response = await client.post(request.path, options(request, secret, watch)).asResponse();
  const data = await response.text();
  watch.throwIfEnded();
  const value = readJson(data);
  if (!value.choices?.length && !value.data?.length) throw new TruncatedAnswerError();
  yield { data, value };
}

/**
 * The events of a stream up to its end mark. Those that say nothing yet are held back, so that a
 * failure before the first word can still go to another key.
 *
 * @throws what the client throws, TruncatedAnswerError when a choice has no finish reason, or the
 *   watch's reason
 */
export async function* forwardStreaming(
  client: OpenAI,
  request: ForwardRequest,
  secret: string,
  watch: CallWatch,
): AsyncGenerator<Forwarded, void, undefined> {
  watch.expectFirstByte();
  const response = await client.post(request.path, options(request, secret, watch)).asResponse();
  const choices = choicesOf(request.body);
  const finished = new Set<number>();
  let held: Forwarded[] | null = [];
  try {
    for await (const data of eventData(trusted<Readable>(response.body))) {
      watch.came();
      const value = readJson(data);
      for (const { index = 0, finish_reason: reason } of value.choices ?? []) {
        if (reason) finished.add(index);
      }
      if (held === null) yield { data, value };
      else held.push({ data, value });
      if (held !== null && (saysSomething(value) || finished.size > 0)) {
        yield* held;
        held = null;
      }
      if (finished.size >= choices) watch.expectUsage();
      else watch.expectPiece();
    }
  } catch (error) {
    // Complete answers stay complete, whatever happens to the connection afterwards.
    if (finished.size < choices) throw error;
  }
  if (finished.size < choices) throw new TruncatedAnswerError();
}

/** @throws SyntaxError, or APIError for an error that comes in the place of an answer */
function readJson(data: string): ForwardedAnswer {
  const value = trusted<ForwardedAnswer | null>(JSON.parse(data));
  if (typeof value !== 'object' || value === null) throw new TruncatedAnswerError();
  if (value.error) throw new APIError(undefined, value.error, undefined, undefined);
  return value;
}

/** How many answers a request gets: one for each prompt, `n` times. */
function choicesOf({ n, prompt }: Readonly<Record<string, unknown>>): number {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return Math.max(1, prompts) * Math.max(1, Number(n ?? 1) || 1);
}

/** Whether a chunk has more in it than the role that every stream begins with. */
function saysSomething({ choices }: ForwardedAnswer): boolean {
  return (choices ?? []).some(
    ({ delta, text }) =>
      Boolean(text) ||
      Object.entries(delta ?? {}).some(([name, value]) => name !== 'role' && Boolean(value)),
  );
}

function options({ body, parameters }: ForwardRequest, secret: string, watch: CallWatch) {
  const stream = body['stream'] === true;
  return {
    body: { ...body, ...parameters },
    headers: { authorization: `Bearer ${secret}` },
    signal: watch.signal,
    stream,
  };
}
