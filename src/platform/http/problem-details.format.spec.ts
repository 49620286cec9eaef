import type { Response } from 'express';
import { InternalError, InvalidInputError, RequestRefusedError } from '../errors/http.errors.js';
import { ProblemDetailsFormat } from './problem-details.format.js';

/** What a format wrote on a response with this status. */
function written(error: InvalidInputError | InternalError | RequestRefusedError, status: number) {
  const answer = { contentType: '', body: '' };
  const response = {
    statusCode: status,
    type(contentType: string) {
      answer.contentType = contentType;
      return response;
    },
    send(body: string) {
      answer.body = body;
    },
  };
  new ProblemDetailsFormat().write(error, response as unknown as Response);
  return answer;
}

describe('problem details', () => {
  const format = new ProblemDetailsFormat();

  it('are for every path', () => {
    expect(format.prefix).toBe('');
  });

  it.each([
    new InvalidInputError('No'),
    new RequestRefusedError(404, 'Not found', 'Cannot GET /x'),
    new RequestRefusedError(413, 'Body too large', 'The body is too large'),
  ])("keep the error's own status: $code", (error) => {
    expect([400, 404, 413]).toContain(error.status);
    expect(format.statusFor(error)).toBe(error.status);
  });

  it('say what is wrong as RFC 9457 has it', () => {
    const error = new RequestRefusedError(404, 'Not found', 'Cannot GET /"x"');
    const { contentType, body } = written(error, 404);
    expect(contentType).toBe('application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: '/docs/errors.html#request.not_found',
      title: 'Not found',
      status: 404,
      detail: 'Cannot GET /"x"',
      code: 'request.not_found',
    });
  });

  it("show nothing of an internal error's cause", () => {
    const { body } = written(new InternalError(new Error('sqlite at /secret/place')), 500);
    expect(body).toContain('Internal error');
    expect(body).not.toContain('secret');
  });
});
