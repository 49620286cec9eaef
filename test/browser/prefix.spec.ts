import { startPrefixProxy } from '../support/prefix-proxy.js';
import { token } from '../support/service.js';
import { sharedConversation, storeShare } from '../support/shares.js';
import { TryPage } from '../support/try-page.js';
import { useBrowser } from '../support/use-browser.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();
const pages = useBrowser();

let proxy: Awaited<ReturnType<typeof startPrefixProxy>>;

beforeAll(async () => {
  proxy = await startPrefixProxy(service.url, '/alice');
});

afterAll(() => proxy.close());

/** What every page must be without: what it asks for outside of the prefix. */
afterEach(() => {
  expect(proxy.strays.splice(0)).toEqual([]);
});

describe('behind a proxy that takes a path prefix away', () => {
  it('leads from the first page to all others', async () => {
    const page = await pages.open(`${proxy.url}/`);
    const links = await page.evaluate<string[]>('[...document.links].map(({ href }) => href)');
    const paths = ['/#content', '/try', '/docs', '/docs/errors.html', '/openapi.json'];
    expect(links).toEqual(paths.map((path) => proxy.url + path));
    for (const link of links) {
      expect([link, (await page.goto(link))?.status() ?? 200]).toEqual([link, 200]);
    }
  });

  it.each(['/try', '/try/'])('talks and shares on %s', async (path) => {
    const page = new TryPage(await pages.open(proxy.url + path));
    await page.giveToken();
    await page.ask('Is this the way?');
    await page.answer().getByText('You said: Is this the way?').waitFor();
    await page.settled();
    expect(await page.curl()).toContain(`'${proxy.url}/chatgpt/chat'`);
    const link = await page.share();
    expect(link).toMatch(`${proxy.url}/chatgpt/share/share_`);
    const reader = await pages.open(link);
    await reader.getByText('You said: Is this the way?').waitFor();
    await page.button('Stop sharing').click();
    await page.page.locator('#shared').waitFor({ state: 'hidden' });
    expect((await fetch(link)).status).toBe(404);
  });

  it.each(['/docs', '/docs/'])('tries the service on %s', async (path) => {
    const page = await pages.open(proxy.url + path);
    await page.getByRole('button', { name: 'Authorize' }).click();
    const form = page.locator('.auth-container', { hasText: 'token (apiKey)' });
    await form.getByRole('textbox').fill(token);
    await form.getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.close-modal').click();
    const create = page.locator('#operations-Conversations-Conversations_createTurbo');
    await create.locator('.opblock-summary-control').click();
    await create.getByRole('button', { name: 'Execute' }).click();
    await create.locator('.live-responses-table').getByText('conv_').first().waitFor();
  });

  it.each(['', '/'])('opens a share with its password once, and no other: %j', async (end) => {
    const id = await sharedConversation(caller);
    const [mine, other] = [
      await storeShare(caller, id, { password: 'open sesame' }),
      await storeShare(caller, id, { password: 'open sesame' }),
    ];
    const addressOf = (share: string) => `${proxy.url}/chatgpt/share/${share}${end}`;
    const page = await pages.open(addressOf(mine));
    await page.locator('#password').fill('not sesame');
    await page.locator('#password').press('Enter');
    await page.getByText('This is not the password.').waitFor();
    await page.locator('#password').fill('open sesame');
    await page.locator('#password').press('Enter');
    await page.getByText('You said: Q1').waitFor();
    expect(page.url()).toBe(`${proxy.url}/chatgpt/share/${mine}`);
    for (const [address, status] of [
      [addressOf(mine), 200],
      [`${addressOf(mine)}?format=md`, 200],
      [addressOf(other), 401],
    ] as const) {
      expect([address, (await page.goto(address))?.status()]).toEqual([address, status]);
    }
    const cookies = await page.context().cookies([addressOf(mine), addressOf(other)]);
    expect(cookies.map((cookie) => cookie.path)).toEqual([`/alice/chatgpt/share/${mine}`]);
    pages.forgive(401);
    pages.forgive(403);
  });
});
