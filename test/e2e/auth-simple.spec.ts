import { Caller } from '../support/caller.js';
import { send } from '../support/raw-request.js';
import { startService, token, type TestService } from '../support/service.js';
import { withService } from '../support/with-service.js';

/** Creates a conversation with these headers exactly. */
function create(service: TestService, headers: Record<string, string | string[]>) {
  return send(service.url, { path: '/chatgpt/createTurbo', headers });
}

describe('AUTH_MODE=simple', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.close());

  it.each([
    ['the header token', { token }],
    ['a bearer', { authorization: `Bearer ${token}` }],
    ['a bearer in another case', { authorization: `bearer ${token}` }],
    ['a bearer beside an empty token', { authorization: `Bearer ${token}`, token: '' }],
  ])('lets in a caller with %s', async (_title, headers) => {
    expect((await create(service, headers)).status).toBe(200);
  });

  it.each([
    ['nothing', {}],
    ['an empty token', { token: '' }],
    ['a wrong token', { token: 'wrong' }],
    ['a wrong token beside the right bearer', { token: 'wrong', authorization: `Bearer ${token}` }],
    ['an empty token beside a wrong bearer', { token: '', authorization: 'Bearer wrong' }],
    ['a wrong token of the same length', { token: `${token.slice(0, -1)}x` }],
    ['the beginning of the token', { token: token.slice(0, -1) }],
    ['the token and more', { token: `${token}x` }],
    ['the token in upper case', { token: token.toUpperCase() }],
    ['the token twice', { token: [token, token] }],
    ['a wrong bearer', { authorization: 'Bearer wrong' }],
    ['an empty bearer', { authorization: 'Bearer ' }],
    ['basic authorization', { authorization: `Basic ${token}` }],
    ['the token as the whole authorization', { authorization: token }],
    ['bytes beyond ASCII', { token: 'caf\u00e9' }],
  ])('refuses a caller with %s', async (_title, headers) => {
    const answer = await create(service, headers);
    expect(answer.status).toBe(401);
    expect(answer.text).toBe('Auth failed');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it.each([
    ['auth.missing', 'nothing', {}],
    ['auth.missing', 'an empty token', { token: '' }],
    ['auth.missing', 'a header of another name', { 'x-api-key': token }],
    ['auth.refused', 'a wrong token', { token: 'wrong' }],
    ['auth.refused', 'a wrong bearer', { authorization: 'Bearer wrong' }],
    ['auth.refused', 'the token as the whole authorization', { authorization: token }],
  ])('says %s in a header to a caller with %s', async (code, _title, headers) => {
    const { status, text, headers: answered } = await create(service, headers);
    expect([status, text, answered.get('x-error-code')]).toEqual([401, 'Auth failed', code]);
    expect(answered.get('www-authenticate')).toBe('Bearer realm="Alice"');
  });

  it('says no code where nothing is wrong', async () => {
    expect((await create(service, { token })).headers.get('x-error-code')).toBeNull();
  });

  it('never writes the token into the log or an answer', async () => {
    const answer = await create(service, { token: `${token}x` });
    await create(service, { token });
    expect(answer.text).not.toContain(token);
    expect(service.log.text).not.toContain(token);
  });
});

describe('AUTH_MODE=simple with a TOKEN beyond ASCII', () => {
  const secret = 'пароль-密码-café-secret';
  const bytes = Buffer.from(secret, 'utf8').toString('latin1');

  it('compares the bytes that UTF-8 makes of it', async () => {
    await withService({ TOKEN: secret }, async (service) => {
      expect((await create(service, { token: bytes })).status).toBe(200);
      expect((await create(service, { authorization: `Bearer ${bytes}` })).status).toBe(200);
      expect((await create(service, { token: bytes.slice(0, -1) })).status).toBe(401);
      expect((await create(service, { token: 'caf\u00e9' })).status).toBe(401);
    });
  });
});

describe('AUTH_MODE=none', () => {
  it('lets everyone in, whatever they send', async () => {
    await withService({ AUTH_MODE: 'none' }, async (service) => {
      for (const headers of [{}, { token: 'wrong' }, { authorization: 'Bearer x', uuid: '' }]) {
        expect((await create(service, headers as Record<string, string>)).status).toBe(200);
      }
    });
  });
});

describe.each(['simple', 'normal'])('public routes with AUTH_MODE=%s', (mode) => {
  let service: TestService;

  beforeAll(async () => {
    service = await startService({ AUTH_MODE: mode });
  });
  afterAll(() => service.close());

  it.each([
    ['/health/live', 200],
    ['/health/ready', 200],
    ['/docs', 200],
    ['/openapi.json', 200],
    ['/chatgpt/share/unknown', 404],
  ])('GET %s needs no token', async (path, status) => {
    const stranger = new Caller(service.url, {});
    expect((await stranger.get(path)).status).toBe(status);
    expect((await stranger.post('create')).status).toBe(401);
  });
});
