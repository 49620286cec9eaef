import { KeysService } from '../../src/keys/keys.service.js';
import { version } from '../../src/platform/version.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';

describe('GET /', () => {
  it('tells a browser what this is, that it is ready, and where to go', async () => {
    const { status, headers, text } = await caller.get('/', { accept: browser });
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(headers.get('vary')).toBe('Accept, Accept-Language');
    expect(text).toContain(version);
    expect(text).toContain('Ready to answer.');
    for (const link of ['./try', './docs']) expect(text).toContain(`href="${link}"`);
  });

  it('says that it is not ready, and not why', async () => {
    const keys = service.app.get(KeysService);
    const all = await keys.list({ limit: 10 });
    await Promise.all(all.map(({ id }) => keys.disable(id)));
    service.clock.advance(1_000);
    const { status, text } = await caller.get('/', { accept: browser });
    await Promise.all(all.map(({ id }) => keys.enable(id)));
    expect(status).toBe(200);
    expect(text).toContain('Not ready to answer at the moment.');
    expect(text).not.toContain('key');
  });

  it('speaks Chinese to a browser that does', async () => {
    const headers = { accept: browser, 'accept-language': 'zh' };
    expect((await caller.get('/', headers)).text).toContain('<html lang="zh-CN">');
  });

  it.each(['*/*', 'application/json', 'application/json, text/html;q=0.9', 'text/plain'])(
    'is an unknown path to who accepts %s',
    async (accept) => {
      const { status, headers, text } = await caller.get('/?x=1', { accept });
      expect([status, headers.get('content-type')]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ]);
      expect(text).toBe(
        '{"type":"/docs/errors.html#request.not_found","title":"Not found","status":404,"detail":"Cannot GET /?x=1","code":"request.not_found"}',
      );
    },
  );
});

describe('GET /favicon.ico', () => {
  it('is the icon of the service', async () => {
    const { status, headers } = await caller.get('/favicon.ico');
    expect([status, headers.get('content-type')]).toEqual([200, 'image/svg+xml']);
  });
});
