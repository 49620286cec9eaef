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

/** An error as the router throws it. */
function httpError(status: unknown, message: string): Error {
  return Object.assign(new Error(message), { status });
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

  it("gives the router's refusal a sentence", () => {
    const error = toAppError(httpError(400, "Failed to decode param '%'"));
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({
      status: 400,
      code: 'request.bad_request',
      detail: 'The request could not be read',
    });
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
