import {
  BadRequestException,
  HttpException,
  InternalServerErrorException,
  NotFoundException,
  ServiceUnavailableException,
} from '@nestjs/common';
import { UnexpectedError, UserError } from './app.error.js';
import { InternalError, InvalidInputError, ShuttingDownError } from './http.errors.js';
import { toAppError } from './to-app-error.js';

/** An error as the body parsers throw it. */
function httpError(status: unknown, message: string, type?: string): Error {
  return Object.assign(new Error(message), { status, ...(type !== undefined && { type }) });
}

describe('a thrown value', () => {
  it.each([
    new InvalidInputError('No such thing'),
    new ShuttingDownError(),
    new InternalError(new Error('x')),
  ])('stays what it is when it is ours: $name', (error) => {
    expect(toAppError(error)).toBe(error);
  });

  it.each([
    ['Cannot GET /x', new NotFoundException('Cannot GET /x'), 404, 'request.not_found'],
    ['No', new BadRequestException('No'), 400, 'request.bad_request'],
    ['Never', new HttpException('Never', 418), 418, 'request.request_refused'],
  ])("keeps the framework's refusal: %s", (detail, thrown, status, code) => {
    expect(toAppError(thrown)).toBeInstanceOf(UserError);
    expect(toAppError(thrown)).toMatchObject({ status, code, detail });
  });

  it.each([
    [413, 'entity.too.large', 'request.body_too_large', 'The body is too large'],
    [400, 'request.aborted', 'request.bad_request', 'The body ended too early'],
    [400, 'request.size.invalid', 'request.bad_request', 'The body ended too early'],
    [400, 'entity.parse.failed', 'request.bad_request', 'The request could not be read'],
    [400, undefined, 'request.bad_request', 'The request could not be read'],
  ])("gives a parser's refusal a sentence: %i %s", (status, type, code, detail) => {
    const error = toAppError(httpError(status, 'unexpected token \u0000 in parser', type));
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ status, code, detail });
  });

  it('names the encodings that a body may have', () => {
    const thrown = httpError(415, 'unsupported content encoding "x"', 'encoding.unsupported');
    const error = toAppError(thrown);
    expect(error).toMatchObject({ status: 415, code: 'request.unsupported_media_type' });
    expect(error.detail).toMatch(/gzip, deflate or br/);
  });

  it.each<[string, unknown]>([
    ['a bug', new TypeError('x is not a function at secret.ts')],
    ['an error of the framework', new InternalServerErrorException('secret')],
    ['another one', new ServiceUnavailableException('secret')],
    ['an error of a parser', httpError(500, 'secret')],
    ['a status that is no refusal', httpError(302, 'secret')],
    ['a status beyond all', httpError(600, 'secret')],
    ['a status that is a text', httpError('404', 'secret')],
    ['an object with a status', { status: 404, message: 'secret' }],
    ['a text', 'secret'],
    ['nothing', undefined],
    ['null', null],
  ])('is an internal error that shows nothing of %s', (_title, thrown) => {
    const error = toAppError(thrown);
    expect(error).toBeInstanceOf(UnexpectedError);
    expect(error).toMatchObject({
      status: 500,
      code: 'service.internal',
      detail: 'Internal error',
    });
    expect(error.message).toBe('Internal error');
    expect(error.cause).toBe(thrown);
  });
});
