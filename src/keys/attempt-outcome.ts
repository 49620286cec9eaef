/**
 * What became of one attempt, seen from the key and the call. The upstream layer names it, the
 * policy draws the consequences, so that neither knows the other's rules.
 */
export type AttemptOutcome =
  /** The answer has begun. */
  | { type: 'served' }
  /** 401, `invalid_api_key` or `account_deactivated`: the key is wrong, revoked or its account closed. */
  | { type: 'rejected' }
  /** 403: the key may not do this with this model, or nobody may. */
  | { type: 'forbidden' }
  /** 403 that is not the API's: a firewall or proxy in front of it refused the request. */
  | { type: 'fenced' }
  /** `unsupported_country_region_territory`: it is this service's address that may not. */
  | { type: 'region-blocked' }
  /** `insufficient_quota` or `billing_*`: nothing is left to spend. */
  | { type: 'quota-exhausted' }
  /** 402 without such a name: too little is left for this request, or for any. */
  | { type: 'payment-required' }
  /** 429 because the request is larger than the limit is at its fullest. */
  | { type: 'too-large' }
  /** Any other 429; the wait is the upstream's own word in milliseconds, if it gave one. */
  | { type: 'rate-limited'; retryAfterMs: number | null }
  /** `model_not_found` for a model that is configured or that the upstream lists. */
  | { type: 'model-not-found' }
  /** `model_not_found` for any other name: the caller's mistake. */
  | { type: 'unknown-model' }
  /** 5xx, no connection or one that was reset before the answer, or an answer that serves nobody. */
  | { type: 'fault' }
  /** The request was sent and nothing came in time; sending it again could ask twice. */
  | { type: 'timeout' }
  /** 400, 413, 422, content policy, context length: about what was asked. */
  | { type: 'request-refused' }
  /** An answer that cannot be read, broke off after it had begun, or is of no known kind. */
  | { type: 'broken' }
  /** The call was ended on our side: its caller left, or its time was over. */
  | { type: 'abandoned' };

/** An attempt's outcome with what a person may read of it. */
export interface AttemptReport {
  outcome: AttemptOutcome;
  /** Status and code of the upstream's refusal, like `429 insufficient_quota`, free of secrets. */
  error?: string;
}
