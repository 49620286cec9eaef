import type { IncomingHttpHeaders } from 'node:http';
import { AuthStrategy, bearerOf, headerValue } from './auth.strategy.js';
import { defaultCaller, type Caller } from './caller.js';
import type { NoncesRepository } from './nonces.repository.js';
import { isSecret, sha256 } from './secret-digest.js';

/**
 * 1 to 50 printable ASCII characters. The length and the alphabet are also what keeps SHA-256's
 * padding out of a uuid, and with it the extension of a captured token.
 */
const validUuid = /^[\x21-\x7e]{1,50}$/;

/**
 * The original API's `normal`: `token` is the lower-case hex SHA-256 of the shared secret and the header
 * `uuid`, and each uuid passes once. `Authorization: Bearer uuid.token` is the same.
 */
export class NormalAuthStrategy extends AuthStrategy {
  constructor(
    private readonly secret: string,
    private readonly nonces: NoncesRepository,
  ) {
    super();
  }

  override async authenticate(headers: IncomingHttpHeaders): Promise<Caller | null> {
    const { uuid, token } = credentialsOf(headers);
    if (uuid === null || token === null || !validUuid.test(uuid)) return null;
    const expected = sha256(this.secret + uuid).toString('hex');
    // The token comes first: a stranger must not be able to use up a uuid or fill the database.
    if (!isSecret(token, sha256(expected))) return null;
    return (await this.nonces.spend(sha256(uuid).toString('hex'))) ? defaultCaller : null;
  }

  /** A uuid is of one call; what all calls prove is that their sender has the secret. */
  override credentialOf(): string {
    return sha256(this.secret).toString('hex');
  }
}

function credentialsOf(headers: IncomingHttpHeaders): Record<'uuid' | 'token', string | null> {
  const uuid = headerValue(headers, 'uuid');
  const token = headerValue(headers, 'token');
  if (uuid !== null || token !== null) return { uuid, token };
  const bearer = bearerOf(headers) ?? '';
  const dot = bearer.lastIndexOf('.');
  return dot < 0
    ? { uuid: null, token: null }
    : { uuid: bearer.slice(0, dot), token: bearer.slice(dot + 1) };
}
