import type { UpstreamError } from '../platform/errors/app.error.js';

/** How the upstream did in the latest call that says something of it. */
export class UpstreamState {
  /** Why it did not serve, where neither a key nor the request was to blame; null when it did. */
  failure: UpstreamError | null = null;
}
