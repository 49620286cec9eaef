import type { IncomingHttpHeaders } from 'node:http';
import { AuthStrategy, bearerOf, headerValue } from './auth.strategy.js';
import { defaultCaller, type Caller } from './caller.js';
import { isSecret, sha256 } from './secret-digest.js';

/** The original API's `simple`: the header `token` is the shared secret. `Authorization: Bearer` is the same. */
export class SimpleAuthStrategy extends AuthStrategy {
  private readonly tokenDigest: Buffer;

  constructor(token: string) {
    super();
    this.tokenDigest = sha256(token);
  }

  override authenticate(headers: IncomingHttpHeaders): Caller | null {
    const given = headerValue(headers, 'token') ?? bearerOf(headers);
    return given !== null && isSecret(given, this.tokenDigest) ? defaultCaller : null;
  }

  override credentialOf(): string {
    return this.tokenDigest.toString('hex');
  }
}
