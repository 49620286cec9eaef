import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from '../../config/loopback.js';
import type { HttpSettings } from '../../config/settings.js';

/**
 * Whether a request with this Host is for this service. A service of this machine alone is called by
 * the machine's own names: any other comes from a web page whose name was pointed here, and which its
 * browser takes for the service itself. Elsewhere every name is taken.
 */
export function hostCheck({
  host,
  allowedHosts,
}: Pick<HttpSettings, 'host' | 'allowedHosts'>): (header: string | undefined) => boolean {
  if (!isLoopback(host)) return () => true;
  const own = host.includes(':') ? `[${host}]` : host;
  const names = new Set(['localhost', '127.0.0.1', '[::1]', own, ...allowedHosts]);
  // Without a Host it is no browser.
  return (header) => header === undefined || names.has(header.toLowerCase().replace(/:\d*$/, ''));
}

/**
 * Whether a browser says that a page of another site sends this, and CORS_ORIGINS does not name the
 * page's origin. What is no browser says nothing.
 */
export function isCrossSite(headers: IncomingHttpHeaders, corsOrigins: readonly string[]): boolean {
  const { origin, host } = headers;
  if (corsOrigins.includes('*')) return false;
  if (origin !== undefined && corsOrigins.includes(origin)) return false;
  const site = headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && !isOriginOf(origin, host);
}

/** TLS may end before the service, so the scheme says nothing. */
function isOriginOf(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host.toLowerCase();
}
