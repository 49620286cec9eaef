/** Headers by name, and their values. */
export type ErrorHeaders = Readonly<Record<string, string>>;

/** What an error may carry beside its sentence. */
export interface AppErrorOptions {
  /** The sentence for the caller: what is wrong and, where possible, what to do. */
  detail: string;
  cause?: unknown;
  /** Whole seconds after which the same call may succeed. */
  retryAfterSeconds?: number;
}

/** Root of every error that this service raises on purpose. */
export abstract class AppError extends Error {
  /** Stable and machine-readable, `<feature>.<what>`, like `conversation.not_found`. */
  abstract readonly code: string;
  /** The HTTP status unless an API says otherwise. */
  abstract readonly status: number;
  /** A short name of the kind of error, the same for every occurrence. */
  abstract readonly title: string;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: AppErrorOptions) {
    super(options.detail, { cause: options.cause });
    this.name = new.target.name;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** What headers say of it, whatever the body is. */
  get headers(): ErrorHeaders {
    const { code, retryAfterSeconds: seconds } = this;
    return {
      'x-error-code': code,
      ...(seconds === undefined ? {} : { 'Retry-After': `${seconds}` }),
    };
  }
}

/** The caller must change something (4xx). */
export abstract class UserError extends AppError {}

/** The model's side failed, is too slow or has no supply left (429, 502, 503, 504). */
export abstract class UpstreamError extends AppError {}

/** This service failed (500, or 503 when it heals by itself). */
export abstract class UnexpectedError extends AppError {}
