import type { Readable } from 'node:stream';
import type { OpenAI } from 'openai';
import type { ModelParameters } from '../../../models/model-request.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { usageOf } from './answer-chunk.js';
import type { CallWatch } from '../../transport/call-watch.js';
import { choicesIn, type Forwarded, type ForwardedAnswer } from './forwarded.js';
import type { Reader, Usage } from '../../piece-reader.js';
import { parseAnswer, refuseJson, TruncatedAnswerError } from './parse-answer.js';
import { readEvents } from '../../transport/read-events.js';
import { EventFilter, withoutSecret } from '../../transport/secret-filter.js';
import { noteRequestId } from '../../upstream-request-id.js';

/** A request of the OpenAI API as a caller made it. */
export interface ForwardRequest {
  path: '/chat/completions' | '/completions' | '/embeddings';
  model: string;
  /** Sent as it is, `model` included; fields that nobody here knows too. */
  body: Readonly<Record<string, unknown>>;
  /** What this service adds; left out, or renamed, where the model refuses it. */
  parameters?: ModelParameters;
}

/** A request with one key, its parameters as its model takes them. */
type AuthorizedRequest = ForwardRequest & { secret: string };

/** The whole answer. @returns its usage @throws what the client throws, or the watch's reason */
export async function forwardPlain(
  client: OpenAI,
  request: AuthorizedRequest,
  watch: CallWatch,
  take: Reader<Forwarded>,
): Promise<Usage | null> {
  watch.expectAnswer();
  const response = await client.post(request.path, options(request, watch)).asResponse();
  noteRequestId(watch, response.headers, request.secret);
  const data = withoutSecret(await response.text(), request.secret);
  watch.came();
  watch.throwIfEnded();
  const value = unsafeCast<ForwardedAnswer>(parseAnswer(data, response.headers));
  if (!value.choices?.length && !value.data?.length) throw new TruncatedAnswerError();
  await take({ data, value });
  return usageOf(value);
}

/**
 * The events of a stream up to its end mark. Those that say nothing yet are held back, so that a
 * failure before the first word can still go to another key.
 *
 * @returns the usage, where the caller asked for it
 * @throws what the client or `take` throws, TruncatedAnswerError when a choice has no finish reason,
 *   or the watch's reason
 */
export async function forwardStreaming(
  client: OpenAI,
  request: AuthorizedRequest,
  watch: CallWatch,
  take: Reader<Forwarded>,
): Promise<Usage | null> {
  watch.expectFirstByte();
  const response = await client.post(request.path, options(request, watch)).asResponse();
  noteRequestId(watch, response.headers, request.secret);
  const choices = choicesOf(request.body);
  const finished = new Set<number>();
  const isComplete = (): boolean => finished.size >= choices;
  const silent = new SilentStart(take);
  const filter = new EventFilter(request.secret);
  const counted: { usage: Usage | null } = { usage: null };
  /** What the reader refused a piece with. */
  let refusal: unknown = null;
  const takeEvent = (event: Forwarded): Promise<void> | undefined => {
    try {
      return silent.take(event, finished.size > 0);
    } catch (error) {
      refusal = error;
      throw error;
    }
  };
  const expectNext = (): void => {
    if (isComplete()) watch.expectUsage();
    else watch.expectPiece();
  };
  try {
    await readEvents(
      unsafeCast<Readable>(response.body),
      (data) => {
        watch.came();
        const value = unsafeCast<ForwardedAnswer>(parseAnswer(data, response.headers));
        counted.usage = usageOf(value) ?? counted.usage;
        for (const choice of choicesIn(value)) {
          if (choice?.finish_reason) finished.add(choice.index ?? 0);
        }
        const taken = takeEvent(filter.clean({ data, value }));
        if (taken) return taken.then(expectNext);
        expectNext();
        return undefined;
      },
      (text) => refuseJson(text, response.headers),
    );
  } catch (error) {
    // Complete answers stay complete, whatever happens to the connection afterwards; one that its
    // reader did not take to the end is none.
    if (!isComplete() || error === refusal) throw error;
  }
  if (!isComplete()) throw new TruncatedAnswerError();
  return counted.usage;
}

const mostHeld = 16;
const mostHeldLength = 65_536;

/** Holds back the first events of a stream until one says something, or there are many. */
class SilentStart {
  private held: Forwarded[] | null = [];
  private length = 0;

  constructor(private readonly reader: Reader<Forwarded>) {}

  take(event: Forwarded, isOver: boolean): Promise<void> | undefined {
    if (this.held === null) return this.reader(event);
    this.held.push(event);
    this.length += event.data.length;
    const isFull = this.held.length >= mostHeld || this.length >= mostHeldLength;
    if (!isOver && !isFull && !saysSomething(event.value)) return undefined;
    const { held } = this;
    this.held = null;
    const taken = held.map((one) => this.reader(one)).filter((promise) => promise !== undefined);
    return taken.length === 0 ? undefined : Promise.all(taken).then(() => undefined);
  }
}

/** How many answers a request gets: one for each prompt, `n` times. */
function choicesOf({ n, prompt }: Readonly<Record<string, unknown>>): number {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return Math.max(1, prompts) * Math.max(1, Number(n ?? 1) || 1);
}

/** Whether a chunk has more in it than the role that every stream begins with. */
function saysSomething(answer: ForwardedAnswer): boolean {
  return choicesIn(answer).some(
    (choice) =>
      Boolean(choice?.text) ||
      Object.entries(choice?.delta ?? {}).some(
        ([name, value]) => name !== 'role' && Boolean(value),
      ),
  );
}

function options({ body, parameters, secret }: AuthorizedRequest, watch: CallWatch) {
  const stream = body['stream'] === true;
  return {
    body: { ...body, ...parameters },
    signal: watch.signal,
    stream,
    // Last: the client deletes them from a copy, which is quick for the member that was added last.
    headers: { authorization: `Bearer ${secret}` },
  };
}
