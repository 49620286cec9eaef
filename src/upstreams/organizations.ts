import { hash } from 'node:crypto';
import type { ApiKey } from '../keys/key-pool.js';
import type { AnswerHeaders } from './transport/upstream-connection.js';

const longest = 100;
const ofKey = 'key-';

/**
 * Whom keys belong to. What a model thought may be sealed for them, so that another's key cannot open
 * it. OpenAI says it with every answer; of a service that does not, each key is its own.
 */
export class Organizations {
  private readonly known = new WeakMap<ApiKey, string>();

  /** Whether a key may be of an organization, as long as no answer has told otherwise. */
  mayBeOf(key: ApiKey, organization: string): boolean {
    const known = this.known.get(key);
    if (known !== undefined) return known === organization;
    return !organization.startsWith(ofKey) || organization === nameOf(key);
  }

  /** @param headers of an answer that the key was served with */
  learn(key: ApiKey, headers: AnswerHeaders): string {
    const said = headers.get('openai-organization')?.slice(0, longest);
    const known = this.known.get(key);
    if (known !== undefined && (!said || said === known)) return known;
    const name = said ? said : nameOf(key);
    this.known.set(key, name);
    return name;
  }
}

/** Enough of a digest to tell a few keys apart, and nothing of the key. */
function nameOf({ secret }: ApiKey): string {
  return `${ofKey}${hash('sha256', secret).slice(0, 8)}`;
}
