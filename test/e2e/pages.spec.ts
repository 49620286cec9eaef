import { send } from '../support/raw-request.js';
import { useService } from '../support/use-service.js';

const { service } = useService();

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(service.url + path, { headers });
}

/** The name of an asset that nobody but its content chooses. */
async function hashedName(): Promise<string> {
  const { headers } = await get('/assets/page.css');
  const digest = /^W\/"([0-9a-f]{12})"$/.exec(headers.get('etag') ?? '')?.[1];
  return `page.${digest}.css`;
}

describe('GET /assets/:file', () => {
  it('is kept for ever under the name that its content gives it', async () => {
    const { status, headers } = await get(`/assets/${await hashedName()}`);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each(['page.css', 'page.0123456789ab.css'])(
    'is looked for again by whoever asks for %s',
    async (name) => {
      const { status, headers } = await get(`/assets/${name}`);
      expect([status, headers.get('cache-control')]).toEqual([200, 'no-cache']);
      // The client here would ask for no answer from a cache.
      const known = { 'if-none-match': headers.get('etag') ?? '' };
      const again = { method: 'GET', path: `/assets/${name}`, headers: known };
      expect(await send(service.url, again)).toMatchObject({ status: 304, text: '' });
    },
  );

  it('comes compressed to whoever takes that', async () => {
    const name = `/assets/${await hashedName()}`;
    const [compressed, plain] = await Promise.all([
      get(name, { 'accept-encoding': 'gzip' }),
      get(name, { 'accept-encoding': 'identity' }),
    ]);
    expect(compressed.headers.get('content-encoding')).toBe('gzip');
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(await compressed.text()).toBe(await plain.text());
  });

  it.each(['package.json', 'page.css.map', '..%2fhtml.ts', 'page', 'constructor'])(
    'does not serve %s',
    async (name) => {
      const { status, headers } = await get(`/assets/${name}`);
      expect([status, headers.get('cache-control')]).toEqual([404, 'no-store']);
      expect(headers.get('content-type')).toContain('application/problem+json');
    },
  );
});

describe('what browsers and search engines look for', () => {
  it('is an icon', async () => {
    const answer = await get('/favicon.ico');
    expect(answer.headers.get('content-type')).toBe('image/svg+xml');
    expect(await answer.text()).toContain('<svg');
  });

  it('is a file that keeps them from shares', async () => {
    const answer = await get('/robots.txt');
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await answer.text()).toBe('User-agent: *\nDisallow: /chatgpt/share/\n');
  });
});
