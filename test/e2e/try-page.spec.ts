import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { token } from '../support/service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const { service, caller } = useService();

/** What pages may weigh all together, as they are sent. */
const mostBytes = 60 * 1024;

describe('GET /try', () => {
  it('is a page that needs nothing from elsewhere and calls only this service', async () => {
    const { status, headers, text } = await caller.get('/try');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(text).not.toMatch(/https?:|<script>|(src|href)="\/| style="| on[a-z]+="/);
    expect(text).not.toContain(token);
  });

  it.each(['/try', '/try/'])('finds its files from %s', async (path) => {
    const { text } = await caller.get(path);
    const addresses = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThan(4);
    for (const address of new Set(addresses)) {
      const { status } = await caller.get(new URL(address, service.url + path).pathname);
      expect([address, status]).toEqual([address, 200]);
    }
  });

  it.each([
    ['en', 'en', 'What would you like to ask?'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN', '想问点什么？'],
    ['fr', 'en', 'What would you like to ask?'],
  ])('speaks to a browser of %s in %s', async (accepted, language, heading) => {
    const { text, headers } = await caller.get('/try', { 'accept-language': accepted });
    expect(text).toContain(`<html lang="${language}">`);
    expect(text).toContain(heading);
    expect(headers.get('vary')).toContain('Accept-Language');
  });

  it('is an unknown path where the operator wants none', async () => {
    const { caller } = await start({ TRY_PAGE: 'off' });
    const { status, text } = await caller.get('/try');
    expect([status, JSON.parse(text)]).toMatchObject([404, { detail: 'Cannot GET /try' }]);
    const home = await caller.get('/', { accept: 'text/html' });
    expect(home.text).not.toContain('try');
  });
});

describe('the files of all pages', () => {
  it('are small enough for a slow connection', () => {
    const folders = ['src/api/pages/assets', 'src/api/docs/page'];
    const sizes = folders.flatMap((folder) =>
      readdirSync(folder).map((name) => gzipSync(readFileSync(join(folder, name))).length),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(mostBytes);
  });
});
