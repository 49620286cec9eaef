import { UpstreamError, UserError } from '../platform/errors/app.error.js';

/** The upstream failed: it answered with a fault, or broke off. */
export class UpstreamFailedError extends UpstreamError {
  readonly code = 'upstream.failed';
  readonly status = 502;
  readonly title = 'Upstream failed';

  constructor() {
    super({ detail: 'The model service failed, please try again' });
  }
}

/** The upstream's answer is larger than what is read of one. */
export class UpstreamAnswerTooLargeError extends UpstreamError {
  readonly code = 'upstream.answer_too_large';
  readonly status = 502;
  readonly title = 'Answer too large';

  /** @param setting whose bound it exceeds */
  constructor(setting = 'UPSTREAM_MAX_ANSWER_BYTES') {
    super({ detail: `The answer of the model service is larger than ${setting} allows` });
  }
}

/** There is no way to the upstream: no such name, nobody listens there, or TLS does not begin. */
export class UpstreamUnreachableError extends UpstreamError {
  readonly code = 'upstream.unreachable';
  readonly status = 502;
  readonly title = 'Upstream unreachable';

  constructor() {
    super({
      detail:
        'The model service cannot be reached. If that lasts, the operator must check OPENAI_BASE_URL, PROXY_URL and the network.',
    });
  }
}

/** Something answers at the upstream's address, but it is not the API: a web page, or no such path. */
export class NotTheApiError extends UpstreamError {
  readonly code = 'upstream.not_the_api';
  readonly status = 502;
  readonly title = 'Not a model service';

  constructor() {
    super({
      detail:
        'What answers at the address of the model service does not know this call. The operator must check OPENAI_BASE_URL, which mostly ends with /v1.',
    });
  }
}

/** The upstream has no model of the name that the settings give. */
export class ModelMissingError extends UpstreamError {
  readonly code = 'upstream.model_missing';
  readonly status = 502;
  readonly title = 'Model missing';

  constructor(model: string) {
    super({
      detail: `The model service does not know the model "${model.slice(0, 128)}". The operator must check TEXT_MODEL, FAST_MODEL and STRONG_MODEL.`,
    });
  }
}

/** The upstream's answer had no text in it. */
export class EmptyAnswerError extends UpstreamError {
  readonly code = 'upstream.empty_answer';
  readonly status = 502;
  readonly title = 'Empty answer';

  constructor() {
    super({ detail: 'The model gave an empty answer, please try again' });
  }
}

/** The upstream did not answer, or went silent, for longer than the settings allow. */
export class UpstreamTimeoutError extends UpstreamError {
  readonly code = 'upstream.timeout';
  readonly status = 504;
  readonly title = 'Upstream too slow';

  /** @param limit which of the limits was reached, for the log */
  constructor(readonly limit: 'first byte' | 'plain answer' | 'idle' | 'end' | 'whole call') {
    super({ detail: 'The model service took too long, please try again' });
  }
}

/** What an upstream says about a refusal beside its reason; null where it says nothing. */
export interface RefusalDetails {
  parameter: string | null;
  code: string | null;
}

/** The upstream found fault with what was asked; its reason is the caller's to read. */
export class UpstreamRefusedError extends UserError {
  readonly code = 'upstream.refused';
  readonly status = 400;
  readonly title = 'Refused by the model service';

  /** @param reason the upstream's own sentence, free of secrets, like the details */
  constructor(
    readonly reason: string,
    readonly details: RefusalDetails = { parameter: null, code: null },
  ) {
    super({ detail: `The model service refused: ${reason}` });
  }
}

/** The upstream has no model of the name that the caller gave. */
export class UnknownModelError extends UserError {
  readonly code = 'upstream.unknown_model';
  readonly status = 404;
  readonly title = 'Unknown model';

  /** @param reason the upstream's own sentence, free of secrets */
  constructor(reason: string) {
    super({ detail: reason });
  }
}

/** The operator has named the models that may be asked for, and this is none of them. */
export class ModelNotAllowedError extends UserError {
  readonly code = 'upstream.model_not_allowed';
  readonly status = 400;
  readonly title = 'Model not allowed';

  constructor(model: string) {
    super({ detail: `The model '${model.slice(0, 128)}' may not be asked for here (V1_MODELS)` });
  }
}

/** The upstream has failed so often lately that it is not asked for a while. */
export class UpstreamDownError extends UpstreamError {
  readonly code = 'upstream.down';
  readonly status = 502;
  readonly title = 'Upstream down';

  constructor(retryAfterSeconds: number) {
    super({ detail: 'The model service is failing, please try again later', retryAfterSeconds });
  }
}

/** The upstream refuses every key alike, or the place that this service calls from. */
export class UpstreamRejectsAllError extends UpstreamError {
  readonly code = 'upstream.rejects_all';
  readonly status = 502;
  readonly title = 'Upstream rejects all keys';

  constructor() {
    super({
      detail:
        'The model service refuses this service, whatever the API key. The operator must check its address, its keys and the place it is called from.',
    });
  }
}

/** No API key was ever configured. */
export class NoKeysError extends UpstreamError {
  readonly code = 'upstream.no_keys';
  readonly status = 503;
  readonly title = 'No API key';

  constructor() {
    super({
      detail:
        'No API key is configured. Put one into key.txt (one a line), or into OPENAI_API_KEYS and restart the service.',
    });
  }
}

/** The upstream refused every key. */
export class NoUsableKeyError extends UpstreamError {
  readonly code = 'upstream.no_usable_key';
  readonly status = 503;
  readonly title = 'No usable API key';

  constructor() {
    super({ detail: 'No usable API key is left. The operator must add one.' });
  }
}

/** There are usable keys, but none that may be used for this model. */
export class NoKeyForModelError extends UpstreamError {
  readonly code = 'upstream.no_key_for_model';
  readonly status = 503;
  readonly title = 'No API key for the model';

  constructor() {
    super({ detail: 'No usable API key may use this model. The operator must check the keys.' });
  }
}

/** Every key is waiting out a rate limit of the upstream. */
export class KeysCoolingError extends UpstreamError {
  readonly code = 'upstream.keys_cooling';
  readonly status = 429;
  readonly title = 'All API keys are cooling';

  constructor(retryAfterSeconds: number) {
    super({ detail: 'Server busy', retryAfterSeconds });
  }
}
