import type { Readable } from 'node:stream';
import type { OpenAI } from 'openai';
import type { ModelParameters, ModelRequest } from '../../../models/model-request.js';
import { unsafeCast } from '../../../platform/unsafe-cast.js';
import { isFinished, textOf, usageOf, type AnswerChunk } from './answer-chunk.js';
import type { CallWatch } from '../../transport/call-watch.js';
import type { PieceReader, Usage } from '../../piece-reader.js';
import { parseAnswer, refuseJson, TruncatedAnswerError } from './parse-answer.js';
import { readEvents } from '../../transport/read-events.js';
import { PieceFilter } from '../../transport/secret-filter.js';
import { noteRequestId } from '../../upstream-request-id.js';

/** One request to the upstream with one key. */
export interface ModelCall {
  request: ModelRequest;
  /** The request's parameters as this model takes them. */
  parameters: ModelParameters;
  secret: string;
}

/** The whole answer in one piece. @throws what the client throws, or the watch's reason */
export async function callPlain(
  client: OpenAI,
  call: ModelCall,
  watch: CallWatch,
  take: PieceReader,
): Promise<Usage | null> {
  watch.expectAnswer();
  const response = await client.post(path(call.request), options(call, watch, false)).asResponse();
  noteRequestId(watch, response.headers, call.secret);
  const answer = unsafeCast<AnswerChunk>(parseAnswer(await response.text(), response.headers));
  watch.came();
  watch.throwIfEnded();
  if (!answer.choices?.length) throw new TruncatedAnswerError();
  const filter = new PieceFilter(call.secret);
  await take(filter.push(textOf(answer)) + filter.end());
  return usageOf(answer);
}

/**
 * The answer piece by piece. Goes through the client's generic `post`, because both APIs and
 * parameters that only some models know take the same way.
 *
 * @throws what the client or `take` throws, or the watch's reason
 */
export async function callStreaming(
  client: OpenAI,
  call: ModelCall,
  watch: CallWatch,
  take: PieceReader,
): Promise<Usage | null> {
  watch.expectFirstByte();
  const response = await client.post(path(call.request), options(call, watch, true)).asResponse();
  noteRequestId(watch, response.headers, call.secret);
  const answer = new AnswerInParts();
  const filter = new PieceFilter(call.secret);
  const expectNext = (): void => {
    if (answer.finished) watch.expectUsage();
    else watch.expectPiece();
  };
  try {
    await readEvents(
      unsafeCast<Readable>(response.body),
      (data) => {
        watch.came();
        const text = filter.push(
          answer.add(unsafeCast<AnswerChunk>(parseAnswer(data, response.headers))),
        );
        const taken = text === '' ? undefined : take(text);
        if (taken) return taken.then(expectNext);
        expectNext();
        return undefined;
      },
      (text) => refuseJson(text, response.headers),
    );
  } catch (error) {
    // Complete answers stay complete, whatever happens to the connection afterwards.
    if (!answer.finished) throw error;
  }
  if (!answer.finished) throw new TruncatedAnswerError();
  const rest = filter.end();
  if (rest !== '') await take(rest);
  return answer.usage;
}

/** What the chunks of a stream have told so far. */
class AnswerInParts {
  finished = false;
  usage: Usage | null = null;

  /** @returns the chunk's text */
  add(chunk: AnswerChunk): string {
    this.usage = usageOf(chunk) ?? this.usage;
    this.finished ||= isFinished(chunk);
    return textOf(chunk);
  }
}

function path({ api }: ModelRequest): string {
  switch (api) {
    case 'chat':
      return '/chat/completions';
    case 'completions':
      return '/completions';
  }
}

function options({ request, parameters, secret }: ModelCall, watch: CallWatch, stream: boolean) {
  const { model } = request;
  const question =
    request.api === 'chat' ? { messages: request.messages } : { prompt: request.prompt };
  return {
    body: { model, ...question, ...parameters, ...(stream ? { stream } : {}) },
    signal: watch.signal,
    stream,
    // Last: the client deletes them from a copy, which is quick for the member that was added last.
    headers: { authorization: `Bearer ${secret}` },
  };
}
