import { adminToken, adminVariables, Operator } from '../support/admin.js';
import { Caller } from '../support/caller.js';
import { useService } from '../support/use-service.js';

const variables = { OPENAI_API_KEYS: 'sk-environment-ENV1', ...adminVariables };

const routes = [
  ['GET', ''],
  ['GET', '/summary'],
  ['GET', '/key_1'],
  ['POST', ''],
  ['PATCH', '/key_1'],
  ['DELETE', '/key_1'],
  ['POST', '/key_1/enable'],
  ['POST', '/key_1/disable'],
  ['POST', '/key_1/probe'],
] as const;

describe('an operator', () => {
  const { service } = useService({ ...variables, AUTH_MODE: 'none' });
  const operator = new Operator(service);

  // More wrong tokens within a minute would not be looked at.
  beforeEach(() => {
    service.clock.advance(60_000);
  });

  it.each(routes)('has ADMIN_TOKEN, and nothing else helps: %s %s', async (method, path) => {
    for (const token of [null, 'wrong-token-of-some-length', 'test-token-of-some-length']) {
      const { status, type, body } = await new Operator(service, token).call(method, path);
      expect(status).toBe(401);
      expect(type).toContain('application/problem+json');
      const code = token === null ? 'auth.missing' : 'auth.refused';
      expect(body).toMatchObject({ status: 401, code });
    }
    expect((await operator.call(method, path)).status).not.toBe(401);
  });
});

describe('an operator without ADMIN_TOKEN', () => {
  const operator = new Operator(useService({ ...variables, ADMIN_TOKEN: '' }).service);

  it.each(routes)('is nobody when it is not set: %s %s', async (method, path) => {
    const { status, body } = await operator.call(method, path);
    expect(status).toBe(404);
    expect(body).toMatchObject({ detail: `Cannot ${method} /admin/keys${path}` });
  });
});

describe('an operator with AUTH_MODE=normal', () => {
  const { service } = useService({ ...variables, AUTH_MODE: 'normal' });
  const operator = new Operator(service);

  it('needs no other credentials, whatever AUTH_MODE is', async () => {
    expect(await operator.list()).toHaveLength(1);
    expect((await new Caller(service.url, { token: adminToken }).post('createTurbo')).status).toBe(
      401,
    );
  });
});

describe('a request that asks for what cannot be', () => {
  const operator = new Operator(useService(variables).service);

  it.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=ten', 'limit'],
    ['state=dead', 'state'],
    ['source=disk', 'source'],
    ['cursor=nonsense', 'cursor'],
    ['colour=red', 'colour'],
    ['label=%00', 'label'],
    ['state=active&state=invalid', 'state'],
  ])('is refused as a list, naming it: %s', async (query, name) => {
    const { status, type, body } = await operator.call('GET', `?${query}`);
    expect(status).toBe(400);
    expect(type).toContain('application/problem+json');
    expect(body).toMatchObject({ detail: expect.stringContaining(name) as string });
  });

  it.each<[string, unknown, string]>([
    ['no JSON', '{', 'JSON'],
    ['a list', '[]', 'object'],
    ['no keys', {}, 'keys'],
    ['an empty list', { keys: [] }, 'keys'],
    [
      'too many',
      { keys: Array.from({ length: 1_001 }, () => ({ secret: 'sk-12345678' })) },
      'keys',
    ],
    ['an unknown key', { keys: [{ secret: 'sk-12345678' }], force: true }, 'force'],
    ['a key that is no object', { keys: [{ secret: 'sk-12345678' }, 'sk-2'] }, 'keys[1]'],
    ['a key without a secret', { keys: [{ label: 'x' }] }, 'keys[0].secret'],
    ['a secret that is short', { keys: [{ secret: 'sk-1234' }] }, 'keys[0].secret'],
    ['a secret that is long', { keys: [{ secret: 'k'.repeat(257) }] }, 'keys[0].secret'],
    ['a secret with a blank', { keys: [{ secret: 'sk-bad secret' }] }, 'keys[0].secret'],
    [
      'a secret with a letter that no header takes',
      { keys: [{ secret: 'sk-secrét-1' }] },
      'keys[0].secret',
    ],
    ['an empty label', { keys: [{ secret: 'sk-12345678', label: '' }] }, 'keys[0].label'],
    ['a label that is a number', { keys: [{ secret: 'sk-12345678', label: 7 }] }, 'keys[0].label'],
    ['an unknown field', { keys: [{ secret: 'sk-12345678', state: 'x' }] }, 'keys[0].state'],
  ])('is refused as new keys, naming it, and changes nothing: %s', async (_what, body, name) => {
    const { status, type, body: problem } = await operator.call('POST', '', body);
    expect(status).toBe(400);
    expect(type).toContain('application/problem+json');
    expect(problem).toMatchObject({ detail: expect.stringContaining(name) as string });
    expect(JSON.stringify(problem)).not.toMatch(/sk-|kkk/);
    expect(await operator.list()).toHaveLength(1);
  });

  it.each([{}, { label: '' }, { label: 'x'.repeat(101) }, { label: 'a\nb' }, { name: 'x' }])(
    'is refused as a change: %j',
    async (body) => {
      const [key] = await operator.list();
      expect((await operator.call('PATCH', `/${key!.id}`, body)).status).toBe(400);
      expect(await operator.list()).toEqual([key]);
    },
  );

  it.each([
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/enable'],
    ['POST', '/disable'],
    ['POST', '/probe'],
  ])('is a 404 for an id that no key has: %s %s', async (method, path) => {
    const body = method === 'PATCH' ? { label: 'x' } : undefined;
    for (const id of ['key_0000000000000000000000', 'x', '%00', "'"]) {
      const answer = await operator.call(method, `/${id}${path}`, body);
      expect([id, answer.status]).toEqual([id, 404]);
      expect(answer.type).toContain('application/problem+json');
    }
  });
});
