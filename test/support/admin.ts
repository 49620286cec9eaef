import type { KeyDto } from '../../src/api/admin/dto/key.dto.js';
import type { TestService } from './service.js';

export const adminToken = 'admin-token-of-some-length';
export const encryptionSecret = 'an encryption secret of some length';

/** Settings of a service whose keys can be administered. */
export const adminVariables = {
  ADMIN_TOKEN: adminToken,
  KEY_ENCRYPTION_SECRET: encryptionSecret,
};

/** What the admin API answered; the body as JSON, null when there is none. */
export interface AdminAnswer<Body> {
  status: number;
  type: string | null;
  body: Body;
}

/** An operator of a service. */
export class Operator {
  constructor(
    private readonly service: Pick<TestService, 'url'>,
    private readonly token: string | null = adminToken,
  ) {}

  /** Any call below /admin/keys. */
  async call<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<AdminAnswer<Body>> {
    const response = await fetch(`${this.service.url}/admin/keys${path}`, {
      method,
      headers: this.token === null ? {} : { authorization: `Bearer ${this.token}` },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: (text === '' ? null : JSON.parse(text)) as Body,
    };
  }

  async list(query = ''): Promise<KeyDto[]> {
    const { status, body } = await this.call<{ data: KeyDto[] }>('GET', query);
    if (status !== 200) throw new Error(`GET /admin/keys answered ${status}`);
    return body.data;
  }

  /** Adds one key. @returns it */
  async add(secret: string, label?: string): Promise<KeyDto> {
    const keys = [{ secret, ...(label === undefined ? {} : { label }) }];
    const { status, body } = await this.call<{ added: KeyDto[] }>('POST', '', { keys });
    const [key] = body.added;
    if (status !== 201 || !key) throw new Error(`POST /admin/keys answered ${status}`);
    return key;
  }

  /** The key with these last four characters. */
  async key(lastFour: string): Promise<KeyDto> {
    const key = (await this.list('?limit=200')).find((other) => other.lastFour === lastFour);
    if (!key) throw new Error(`No key ends with ${lastFour}`);
    return key;
  }

  /** What the keys are in, by their last four characters. */
  async states(): Promise<Record<string, string>> {
    const keys = await this.list('?limit=200');
    return Object.fromEntries(keys.map(({ lastFour, state }) => [lastFour, state]));
  }
}
