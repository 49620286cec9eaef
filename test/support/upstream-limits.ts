import { readSettings } from '../../src/config/read-settings.js';
import { Settings } from '../../src/config/settings.js';
import type { TestService } from './service.js';

/**
 * Gives the calls of a running service other limits of time, so that only those that are to meet
 * them have short ones.
 *
 * @param variables the settings `UPSTREAM_*_TIMEOUT_MS`; those left out are as by default
 */
export function setUpstreamLimits({ app }: TestService, variables: Record<string, string>): void {
  const { firstByteTimeoutMs, plainTimeoutMs, idleTimeoutMs, callTimeoutMs } =
    readSettings(variables).upstream;
  const limits = { firstByteTimeoutMs, plainTimeoutMs, idleTimeoutMs, callTimeoutMs };
  Object.assign(app.get(Settings).upstream, limits);
}
