import { EventEmitter, once } from 'node:events';
import type { Response } from 'express';
import { AuthFailedError } from '../../auth/auth.errors.js';
import type { AppError } from '../../platform/errors/app.error.js';
import {
  InternalError,
  InvalidInputError,
  RequestRefusedError,
  ShuttingDownError,
  MultipartBodyError,
  UnsupportedCharsetError,
} from '../../platform/errors/http.errors.js';
import { EventStream } from '../../platform/http/event-stream.js';
import {
  ConversationNotFoundError,
  ConversationTooLongError,
  TurnRunningError,
} from '../../conversations/conversations.errors.js';
import { RateLimitedError } from '../../rate-limit/rate-limit.errors.js';
import { TooManyRunningCallsError } from '../../platform/lifecycle/in-flight-calls.errors.js';
import { ShareNotFoundError } from '../../sharing/shares.errors.js';
import {
  EmptyAnswerError,
  KeysCoolingError,
  NoKeysError,
  NoUsableKeyError,
  UpstreamFailedError,
  UpstreamRefusedError,
  UpstreamTimeoutError,
} from '../../upstreams/upstream.errors.js';
import { ChatgptErrorFormat } from './chatgpt-error.format.js';

/** What this API wrote on a response that nothing was written on before. */
function written(error: AppError) {
  const answer = { type: '', body: '' };
  const response = {
    type(given: string) {
      answer.type = given;
      return response;
    },
    send(body: string) {
      answer.body = body;
    },
  };
  new ChatgptErrorFormat(false).write(error, response as unknown as Response);
  return answer;
}

/** What this API ended a stream with whose first piece was out. */
async function writtenInStream(error: AppError): Promise<string> {
  const response = Object.assign(new EventEmitter(), {
    headersSent: false,
    chunkedEncoding: false,
    writeHead: () => (response.headersSent = true),
    write: () => true,
    end: (body: string) => response.emit('end', body),
  });
  const ended = once(response, 'end');
  void new EventStream(response as unknown as Response).send('One');
  await new Promise((resolve) => {
    process.nextTick(resolve);
  });
  new ChatgptErrorFormat(false).write(error, response as unknown as Response);
  response.emit('close');
  const [body] = (await ended) as [string];
  return body;
}

describe('the status of an error', () => {
  const errors: [AppError, number, number][] = [
    [new AuthFailedError('auth.refused'), 401, 505],
    [new RateLimitedError(1), 429, 502],
    [new KeysCoolingError(1), 429, 500],
    [new ConversationNotFoundError('X'), 404, 500],
    [new ShareNotFoundError(), 404, 500],
    [new RequestRefusedError(404, 'Not found', 'Cannot GET /chatgpt/x'), 404, 500],
    [new InvalidInputError('conversation id is nil'), 400, 500],
    [new ConversationTooLongError(), 400, 500],
    [new UpstreamRefusedError('No'), 400, 500],
    [new TurnRunningError(1), 409, 500],
    [new RequestRefusedError(413, 'Body too large', 'The body is too large'), 413, 500],
    [new UnsupportedCharsetError('gbk'), 415, 500],
    [new MultipartBodyError(), 415, 500],
    [new UpstreamFailedError(), 502, 500],
    [new EmptyAnswerError(), 502, 500],
    [new NoKeysError(), 503, 500],
    [new NoUsableKeyError(), 503, 500],
    [new TooManyRunningCallsError(), 503, 500],
    [new ShuttingDownError(), 503, 500],
    [new UpstreamTimeoutError('idle'), 504, 500],
    [new InternalError(new Error('x')), 500, 500],
  ];
  const cases = errors.map(([error, status, legacyStatus]) => ({
    code: error.code,
    error,
    status,
    legacyStatus,
  }));

  it.each(cases)(
    'is $status, or $legacyStatus with LEGACY_STATUS_CODES: $code',
    ({ error, status, legacyStatus }) => {
      expect(new ChatgptErrorFormat(false).statusFor(error)).toBe(status);
      expect(new ChatgptErrorFormat(true).statusFor(error)).toBe(legacyStatus);
    },
  );
});

describe("this API's errors", () => {
  it('are for everything under its path', () => {
    expect(new ChatgptErrorFormat(false).prefix).toBe('/chatgpt');
  });

  it.each<[string, AppError]>([
    ['Auth failed', new AuthFailedError('auth.refused')],
    ['Server busy', new RateLimitedError(1)],
    ['Server busy', new TooManyRunningCallsError()],
    ['failed to find Conversation with provided id: X', new ConversationNotFoundError('X')],
    ['Failed to find shared conversation with provided id', new ShareNotFoundError()],
    ['AI is thinking', new TurnRunningError(1)],
    ['Conversation is too long', new ConversationTooLongError()],
    ['Internal error', new InternalError(new Error('secret'))],
  ])("are the original API's sentences as plain text: %s", (body, error) => {
    expect(written(error)).toEqual({ type: 'text/plain', body });
  });

  it('end a stream that has begun with an error event, and without its end mark', async () => {
    expect(await writtenInStream(new UpstreamTimeoutError('idle'))).toBe(
      'event: error\ndata: The model service took too long, please try again\n\n',
    );
  });

  it('are one line in a stream, whatever the upstream said', async () => {
    const error = new UpstreamRefusedError('No\n\ndata: [DONE]\r\nthat');
    expect(await writtenInStream(error)).toMatch(/^event: error\ndata: [^\r\n]+\n\n$/);
  });
});
