import type { Behaviour } from './behaviour.js';

type ErrorObject = NonNullable<Behaviour['error']>;

/** An answer that is not the model's: an error, or a body given verbatim. */
export interface Refusal {
  readonly status: number;
  readonly body: string;
  readonly contentType: string;
}

const jsonType = 'application/json';

/** What the behaviour refuses this call with, or null. */
export function findRefusal(
  behaviour: Behaviour,
  body: Record<string, unknown>,
  key: string,
): Refusal | null {
  const { status, error, rawBody, contentType = jsonType, refuseParameters } = behaviour;
  const echoed = echoedKeyOf(behaviour, key);
  if (rawBody !== undefined) return { status: status ?? 200, body: rawBody, contentType };
  const param = refuseParameters?.find((name) => Object.hasOwn(body, name));
  if (param !== undefined) {
    const message = `Unsupported parameter: '${param}' is not supported with this model.`;
    return refusal(400, { message, param, code: 'unsupported_parameter', ...error }, echoed);
  }
  if (status !== undefined && status >= 400) return refusal(status, error, echoed);
  if (status !== undefined && status !== 200) return { status, body: '', contentType };
  const isForLater =
    behaviour.errorAfterPieces !== undefined || behaviour.failAfterPieces !== undefined;
  if (error !== undefined && !isForLater) {
    return refusal(500, error, echoed);
  }
  return null;
}

/** @param echoedKey shown in the message, as some servers do. */
export function refusal(
  status: number,
  error?: Partial<ErrorObject>,
  echoedKey: string | null = null,
): Refusal {
  return { status, body: errorBody(status, error, echoedKey), contentType: jsonType };
}

/** The key that error messages show, or null. */
export function echoedKeyOf({ echoKey }: Behaviour, key: string): string | null {
  return echoKey === true ? key : null;
}

export function errorBody(
  status: number,
  error?: Partial<ErrorObject>,
  echoedKey: string | null = null,
): string {
  return JSON.stringify({ error: errorObject(status, error, echoedKey) });
}

/** OpenAI's error object; fields left out follow from the status. */
export function errorObject(
  status: number,
  error: Partial<ErrorObject> = {},
  echoedKey: string | null = null,
): Required<ErrorObject> {
  const { message, type, param, code } = { ...defaultError(status), ...error };
  const shownMessage = echoedKey === null ? message : `${message} (API key: ${echoedKey})`;
  return { message: shownMessage, type, param, code };
}

function defaultError(status: number): Required<ErrorObject> {
  const invalid = { type: 'invalid_request_error', param: null, code: null };
  switch (status) {
    case 401:
      return { ...invalid, message: 'Incorrect API key provided.', code: 'invalid_api_key' };
    case 403:
      return {
        ...invalid,
        message: 'Country, region, or territory not supported',
        type: 'request_forbidden',
        code: 'unsupported_country_region_territory',
      };
    case 404:
      return {
        ...invalid,
        message: 'The model does not exist or you do not have access to it.',
        code: 'model_not_found',
      };
    case 429:
      return {
        ...invalid,
        message: 'Rate limit reached. Please try again later.',
        type: 'requests',
        code: 'rate_limit_exceeded',
      };
    default:
      if (status < 500) return { ...invalid, message: 'The request is not valid.' };
      return {
        message: 'The server had an error while processing your request. Sorry about that!',
        type: 'server_error',
        param: null,
        code: null,
      };
  }
}
