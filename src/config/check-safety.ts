import { isLoopback } from './loopback.js';
import type { Settings } from './settings.js';
import type { VariableReader } from './variable-reader.js';
import { variables } from './variables.js';

const minSecretLength = 16;
const minEncryptionSecretLength = 32;
const minDifferentCharacters = 8;

/** Where the service listens, and the settings that hold secrets. */
type Checked = Pick<Settings, 'http' | 'auth' | 'keys'>;

/** Adds what makes a start unsafe to the reader's problems, unless ALLOW_INSECURE says otherwise. */
export function checkSafety(settings: Checked, read: VariableReader): void {
  if (read.get('ALLOW_INSECURE')) return;
  checkSecrets(settings, read);
  if (!isLoopback(settings.http.host)) checkFence(settings, read);
}

/** Beyond loopback anyone may call, so that no token, or one that can be guessed, stops the start. */
function checkFence({ http, auth }: Checked, read: VariableReader): void {
  const where = `HOST=${http.host} is reachable from other machines`;
  const orElse = 'or set ALLOW_INSECURE=true if another fence protects this service';
  const weakness = weaknessOf(auth.token, minSecretLength);
  if (auth.mode === 'none') {
    read.problems.push(`${where} and AUTH_MODE is none: use simple or normal, ${orElse}`);
  } else if (auth.token === variables.TOKEN.fallback) {
    read.problems.push(`${where} and TOKEN is the default: set a long random one, ${orElse}`);
  } else if (weakness !== null) {
    read.problems.push(`${where} and TOKEN ${weakness}, ${orElse}`);
  }
}

/** Secrets beside TOKEN must not be guessed wherever the service listens, and none must open what another is for. */
function checkSecrets(settings: Checked, read: VariableReader): void {
  const orElse = 'or set ALLOW_INSECURE=true if this is only a try';
  const names = new Map<string, string[]>();
  for (const { name, secret, minLength } of secretsOf(settings)) {
    const weakness = minLength === null ? null : weaknessOf(secret, minLength);
    if (weakness !== null) read.problems.push(`${name} ${weakness}, ${orElse}`);
    names.set(secret, [...(names.get(secret) ?? []), name]);
  }
  for (const equal of names.values()) {
    if (equal.length === 1) continue;
    read.problems.push(`${equal.join(' and ')} are equal: set different ones, ${orElse}`);
  }
}

interface Secret {
  name: string;
  secret: string;
  /** Null where its strength is another's question. */
  minLength: number | null;
}

/** All that are set. */
function secretsOf({ auth, keys, http }: Checked): Secret[] {
  const secrets: [name: string, secret: string | null | undefined, minLength: number | null][] = [
    ['TOKEN', auth.token, null],
    ['ADMIN_TOKEN', keys.adminToken, minSecretLength],
    ['METRICS_TOKEN', http.metricsToken, minSecretLength],
    ['KEY_EVENTS_WEBHOOK_SECRET', keys.webhook?.secret, minSecretLength],
    ['KEY_ENCRYPTION_SECRET', keys.encryptionSecret, minEncryptionSecretLength],
    ['NEW_KEY_ENCRYPTION_SECRET', keys.newEncryptionSecret, minEncryptionSecretLength],
  ];
  // A local model server takes any word for a key, which is no secret.
  for (const key of keys.apiKeys.filter(({ length }) => length >= minSecretLength)) {
    secrets.push(['a key of OPENAI_API_KEYS or OPENAI_API_KEY', key, null]);
  }
  return secrets.flatMap(([name, secret, minLength]) =>
    secret ? [{ name, secret, minLength }] : [],
  );
}

/** What is wrong with a secret and what to do about it; null when nothing is. */
function weaknessOf(secret: string, minLength: number): string | null {
  if (secret.length < minLength) {
    return `is shorter than ${minLength} characters: set a longer one`;
  }
  if (new Set(secret).size < minDifferentCharacters) {
    return `has fewer than ${minDifferentCharacters} different characters: set a random one`;
  }
  return null;
}
