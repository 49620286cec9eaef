import type { Locator, Page } from 'playwright-core';
import { token } from '../support/service.js';
import { barriersOf, overflowOf, phone, useBrowser, type Look } from '../support/use-browser.js';
import { useService } from '../support/use-service.js';

const { service } = useService();
const pages = useBrowser();

/** Opens the operation that asks a question. */
async function openChat(page: Page): Promise<Locator> {
  const chat = page.locator('#operations-Turns-Turns_chat');
  await chat.locator('.opblock-summary-control').click();
  return chat;
}

async function authorize(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Authorize' }).click();
  const form = page.locator('.auth-container', { hasText: 'token (apiKey)' });
  await form.getByRole('textbox').fill(token);
  await form.getByRole('button', { name: 'Apply credentials' }).click();
  await page.locator('.close-modal').click();
}

const looks: Look[] = [
  { theme: 'light' },
  { theme: 'dark' },
  { ...phone, theme: 'light' },
  { ...phone, theme: 'dark' },
];

describe('/docs in a browser', () => {
  it('shows a stream while it comes, to who typed the token before the page was loaded again', async () => {
    const page = await pages.open(`${service.url}/docs`);
    await authorize(page);
    await page.reload();
    const chat = await openChat(page);
    service.simulator.behave({ answer: ['Blue is ', 'scattered.'], holdAfterPieces: 1 });
    await chat.getByLabel('Media Type').selectOption('text/event-stream');
    await chat.getByRole('button', { name: 'Execute' }).click();
    await chat.getByRole('log').getByText('data: Blue is').waitFor();
    expect(await chat.getByText('data: scattered.').count()).toBe(0);
    service.simulator.release();
    await chat.locator('.live-responses-table').getByText('data: [DONE]').waitFor();
  });

  it.each(['light', 'dark'] as const)(
    'fits an operation and its answer on a phone, %s',
    async (theme) => {
      const page = await pages.open(`${service.url}/docs`, { width: 390, theme });
      await authorize(page);
      const chat = await openChat(page);
      await chat.getByRole('button', { name: 'Execute' }).click();
      await chat.locator('.live-responses-table').getByText('You said').waitFor();
      expect(await overflowOf(page)).toBe(0);
      const isDark = await page.locator('html.dark-mode').count();
      expect(isDark).toBe(theme === 'dark' ? 1 : 0);
    },
  );

  it('says errors in a line each until one is opened', async () => {
    const page = await pages.open(`${service.url}/docs`);
    const chat = await openChat(page);
    const refused = chat.locator('tr.response', { hasText: '401' });
    expect(await refused.locator('pre').count()).toBe(0);
    await refused.getByRole('button').click();
    await refused.getByText('Auth failed').first().waitFor();
  });

  it.each<Look>([{ theme: 'light' }, { ...phone, theme: 'dark' }])(
    'keeps nobody out: %j',
    async (look) => {
      const page = await pages.open(`${service.url}/docs`, look);
      const chat = await openChat(page);
      expect(await barriersOf(page)).toEqual([]);
      await chat.getByRole('button', { name: 'Execute' }).click();
      await chat.locator('.live-responses-table').waitFor();
      expect(await barriersOf(page)).toEqual([]);
      await page.getByRole('button', { name: 'Authorize' }).click();
      await page.locator('.auth-container').first().waitFor();
      expect(await barriersOf(page)).toEqual([]);
    },
  );

  it('opens an operation by keyboard, and has its address then', async () => {
    const page = await pages.open(`${service.url}/docs`);
    await page.locator('#operations-Turns-Turns_chat button').first().press('Enter');
    await page.getByRole('button', { name: 'Execute' }).waitFor();
    expect(new URL(page.url()).hash).toBe('#/Turns/Turns_chat');
  });
});

describe.each(['/', '/docs/errors.html'])('%s in a browser', (path) => {
  it.each([...looks, { ...phone, language: 'zh-CN' }])(
    'keeps nobody out, and fits: %j',
    async (look) => {
      const page = await pages.open(service.url + path, look);
      expect(await barriersOf(page)).toEqual([]);
      expect(await overflowOf(page)).toBe(0);
    },
  );
});
