import type { Page } from 'playwright-core';
import { barriersOf, overflowOf, phone, useBrowser, type Look } from '../support/use-browser.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();
const pages = useBrowser();

const answer = [
  'It **scatters**, as [they say](https://example.org/sky).',
  '## A table',
  '| a wide column | another wide column | and one more wide column | 4 |\n|-|-:|:-:|-|\n| 1 | 2 | 3 | 4 |',
  `\`\`\`js\nconst long = '${'x'.repeat(200)}';\n\`\`\``,
  '> A quote, `code`, and https://example.org/a/long/address/that/does/not/end/before/a/phone/does',
  'بالتأكيد! ضوء الشمس.\n\n- 中午\n- 傍晚',
].join('\n\n');

async function share(options: object = {}): Promise<string> {
  const id = await caller.create();
  service.simulator.behave({ answer });
  await caller.chat(id, 'Why is the sky blue?');
  const stored = await caller.post('store', JSON.stringify(options), {
    conversation: id,
    'content-type': 'application/json',
  });
  return `${service.url}/chatgpt/share/${stored.headers.get('share')}`;
}

const looks: Look[] = [
  { ...phone, theme: 'light', language: 'zh-CN' },
  { ...phone, theme: 'dark' },
  { theme: 'light' },
  { theme: 'dark', language: 'zh-CN' },
];

describe('a share in a browser', () => {
  it.each(looks)('keeps nobody out, and fits: %j', async (look) => {
    const page = await pages.open(await share(), look);
    expect(await barriersOf(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
  });

  it.each(looks)('keeps nobody out with its password form, and fits: %j', async (look) => {
    const page = await pages.open(await share({ password: 'open sesame' }), look);
    expect(await barriersOf(page)).toEqual([]);
    expect(await overflowOf(page)).toBe(0);
    pages.forgive(401);
  });

  it('is read without scripts', async () => {
    const page = await pages.open(await share(), { withoutScripts: true });
    expect(await page.locator('.turn.assistant strong').textContent()).toBe('scatters');
    expect(await page.locator('.copy').count()).toBe(0);
  });

  it('is looked at in its own clothes', async () => {
    const groundOf = (page: Page) =>
      page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    const url = await share();
    const grounds = [
      await groundOf(await pages.open(url, { theme: 'light' })),
      await groundOf(await pages.open(url, { theme: 'dark' })),
    ];
    expect(grounds).toEqual(['rgb(251, 250, 248)', 'rgb(22, 23, 28)']);
  });

  it('copies code, by keyboard too', async () => {
    const page = await pages.open(await share(), { clipboard: true });
    await page.locator('.copy').focus();
    await page.keyboard.press('Enter');
    await page.locator('.copy', { hasText: 'Copied' }).waitFor();
    const copied = await page.evaluate<string>('navigator.clipboard.readText()');
    expect(copied).toMatch(/^const long = 'x+';\n$/);
  });

  it('opens with its password', async () => {
    const page = await pages.open(await share({ password: 'open sesame' }));
    await page.keyboard.type('another');
    await page.keyboard.press('Enter');
    await page.getByText('This is not the password.').waitFor();
    await page.keyboard.type('open sesame');
    await page.keyboard.press('Enter');
    await page.locator('.turn.assistant').waitFor();
    await page.reload();
    expect(await page.locator('.turn').count()).toBe(2);
    pages.forgive(401);
    pages.forgive(403);
  });
});
