import { UnexpectedError, UserError } from './app.error.js';

/** A refusal that the HTTP layer itself raises: an unknown route, a body that cannot be read. */
export class RequestRefusedError extends UserError {
  readonly code: string;
  readonly status: number;
  readonly title: string;

  constructor(status: number, title: string, detail: string) {
    super({ detail });
    this.status = status;
    this.title = title;
    this.code = `request.${title.toLowerCase().replaceAll(/[^a-z]+/g, '_')}`;
  }
}

/** Input that is well-formed HTTP and still not what the endpoint takes. */
export class InvalidInputError extends UserError {
  readonly code = 'request.invalid';
  readonly status = 400;
  readonly title = 'Invalid input';

  constructor(detail: string) {
    super({ detail });
  }
}

/** What is wrong with a field of a JSON body, in the words of the OpenAI API. */
export type FieldFault =
  | 'missing_required_parameter'
  | 'unknown_parameter'
  | 'unsupported_parameter'
  | 'invalid_type'
  | 'invalid_value';

/** One field of a JSON body, or of a query, is not what the endpoint takes. */
export class InvalidFieldError extends UserError {
  readonly code = 'request.invalid_field';
  readonly status = 400;
  readonly title = 'Invalid field';

  /** @param param the field by its path, like `input[0].role` */
  constructor(
    readonly param: string,
    readonly fault: FieldFault,
    detail: string,
  ) {
    super({ detail });
  }
}

/** The body is not what its Content-Encoding says. */
export class BrokenEncodingError extends UserError {
  readonly code = 'request.broken_encoding';
  readonly status = 400;
  readonly title = 'Broken content encoding';

  constructor() {
    super({ detail: 'The body is not what its Content-Encoding says' });
  }
}

/** The body is not text in UTF-8. */
export class UnsupportedCharsetError extends UserError {
  readonly code = 'request.unsupported_charset';
  readonly status = 415;
  readonly title = 'Unsupported charset';

  constructor(charset: string) {
    super({ detail: `Unsupported charset: ${charset}. Send the body as UTF-8.` });
  }
}

/** The process is closing down. */
export class ShuttingDownError extends UnexpectedError {
  readonly code = 'service.shutting_down';
  readonly status = 503;
  readonly title = 'Shutting down';

  constructor() {
    super({ detail: 'The service is shutting down, send the call again', retryAfterSeconds: 5 });
  }
}

/** Anything that nobody foresaw; its cause goes to the log and never to the caller. */
export class InternalError extends UnexpectedError {
  readonly code = 'service.internal';
  readonly status = 500;
  readonly title = 'Internal error';

  constructor(cause: unknown) {
    super({ detail: 'Internal error', cause });
  }
}
