import { UnexpectedError, UserError, type ErrorHeaders } from './app.error.js';

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

/** The path is known, but below another one: the caller's base URL lacks it. */
export class PrefixMissingError extends RequestRefusedError {
  constructor(path: string, prefix: string) {
    super(
      404,
      'Not found',
      `${path.slice(0, 64)} needs ${prefix} before it: the base URL of a client ends with ${prefix}`,
    );
  }
}

/** The path has routes, but none for this method. */
export class MethodNotAllowedError extends RequestRefusedError {
  constructor(
    method: string,
    readonly allowed: readonly string[],
  ) {
    super(405, 'Method not allowed', `This path takes ${allowed.join(', ')}, not ${method}`);
  }

  override get headers(): ErrorHeaders {
    return { ...super.headers, Allow: this.allowed.join(', ') };
  }
}

/** The body is over the limit of its route. */
export class BodyTooLargeError extends RequestRefusedError {
  constructor() {
    super(413, 'Body too large', 'The body is too large');
  }
}

/** The caller left, or sent fewer bytes than it had announced. */
export class BodyEndedEarlyError extends RequestRefusedError {
  constructor() {
    super(400, 'Bad request', 'The body ended too early');
  }
}

/** The body is not there in time: who sends it that slowly holds what others may need. */
export class BodyTooSlowError extends RequestRefusedError {
  constructor() {
    super(408, 'Body too slow', 'The body came too slowly');
  }
}

/** A caller of a service of this machine alone named it by another name. */
export class UnknownHostError extends RequestRefusedError {
  constructor(host: string) {
    const shown = host.slice(0, 64);
    super(
      421,
      'Unknown host',
      `This service is not called "${shown}". Whoever runs it can add that name to ALLOWED_HOSTS.`,
    );
  }
}

/** More headers than any client or proxy sends: what is decided by their absence would be in doubt. */
export class TooManyHeadersError extends RequestRefusedError {
  constructor(most: number) {
    super(431, 'Too many headers', `The request has more than ${most} headers`);
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
export type FieldErrorCode =
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
    readonly fault: FieldErrorCode,
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

/** The body has an encoding that is not undone here. */
export class UnsupportedEncodingError extends RequestRefusedError {
  /** @param isZstdTaken which depends on the Node that the service runs on */
  constructor(isZstdTaken = false) {
    const taken = isZstdTaken ? 'gzip, deflate, br or zstd' : 'gzip, deflate or br';
    super(
      415,
      'Unsupported media type',
      `Unsupported content encoding. Send the body plain, or as ${taken}.`,
    );
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

/** The body comes in parts, of which each would have headers and an encoding of its own. */
export class MultipartBodyError extends UserError {
  readonly code = 'request.multipart';
  readonly status = 415;
  readonly title = 'Multipart body';

  constructor() {
    super({
      detail:
        'Multipart bodies are not taken: send the text itself, JSON, or a form as application/x-www-form-urlencoded',
    });
  }
}

/** Running calls hold as many bytes as MAX_BYTES_IN_FLIGHT allows. */
export class TooManyBytesError extends UnexpectedError {
  readonly code = 'service.too_many_bytes';
  readonly status = 503;
  readonly title = 'Too many bytes in flight';

  constructor() {
    super({ detail: 'Server busy', retryAfterSeconds: 1 });
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
