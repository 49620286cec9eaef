import type { Readable } from 'node:stream';
import { APIError, type OpenAI } from 'openai';
import type { ModelParameters, ModelRequest } from '../providers/model-request.js';
import { trusted } from '../common/trusted.js';
import { isFinished, textOf, usageOf, type AnswerChunk } from './answer-chunk.js';
import type { AnswerEvent, Usage } from './answer-event.js';
import type { CallWatch } from './call-watch.js';
import { eventData } from './event-data.js';

/** The answer is not one: it ended before its finish reason, or has no choices. */
export class TruncatedAnswerError extends Error {}

/** One request to the upstream with one key. */
export interface ModelCall {
  request: ModelRequest;
  /** The request's parameters as this model takes them. */
  parameters: ModelParameters;
  secret: string;
}

/** The whole answer in one piece. @throws what the client throws, or the watch's reason */
export async function* callPlain(
  client: OpenAI,
  call: ModelCall,
  watch: CallWatch,
): AsyncGenerator<AnswerEvent> {
  const answer = await client.post<AnswerChunk | string>(
    path(call.request),
    options(call, watch, false),
  );
  watch.throwIfEnded();
  if (typeof answer !== 'object' || !answer.choices?.length) throw new TruncatedAnswerError();
  yield { type: 'piece', text: textOf(answer) };
  yield { type: 'finished', usage: usageOf(answer) };
}

/**
 * The answer piece by piece. Goes through the client's generic `post`, because both APIs and
 * parameters that only some models know take the same way.
 *
 * @throws what the client throws, or the watch's reason
 */
export async function* callStreaming(
  client: OpenAI,
  call: ModelCall,
  watch: CallWatch,
): AsyncGenerator<AnswerEvent> {
  watch.expectFirstByte();
  const response = await client.post(path(call.request), options(call, watch, true)).asResponse();
  let finished = false;
  let usage: Usage | null = null;
  try {
    for await (const data of eventData(trusted<Readable>(response.body))) {
      watch.came();
      const chunk = readChunk(data);
      const text = textOf(chunk);
      usage = usageOf(chunk) ?? usage;
      finished ||= isFinished(chunk);
      if (text !== '') yield { type: 'piece', text };
      if (finished) watch.expectUsage();
      else watch.expectPiece();
    }
  } catch (error) {
    // Complete answers stay complete, whatever happens to the connection afterwards.
    if (!finished) throw error;
  }
  if (!finished) throw new TruncatedAnswerError();
  yield { type: 'finished', usage };
}

/** @throws SyntaxError, or APIError for an error that the upstream sends in the middle of a stream */
function readChunk(data: string): AnswerChunk {
  const chunk = trusted<AnswerChunk & { error?: object }>(JSON.parse(data));
  if (chunk.error) throw new APIError(undefined, chunk.error, undefined, undefined);
  return chunk;
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
    headers: { authorization: `Bearer ${secret}` },
    signal: watch.signal,
    stream,
  };
}
