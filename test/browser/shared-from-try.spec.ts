import { TryPage } from '../support/try-page.js';
import { barriersOf, overflowOf, phone, useBrowser } from '../support/use-browser.js';
import { useService } from '../support/use-service.js';

const { service } = useService();
const pages = useBrowser();

/** Talks to a model, and shares that. */
async function shareAs(kind: string): Promise<{ page: TryPage; link: string }> {
  const page = new TryPage(await pages.open(`${service.url}/try`));
  await page.giveToken();
  await page.question.waitFor();
  await page.page.getByLabel('Kind').selectOption(kind);
  await page.page.getByLabel('Prompt').fill('A secret of the operator.');
  service.simulator.behave({ answer: 'It is **Rayleigh** scattering.' });
  await page.ask('Why is the sky blue?');
  await page.settled();
  return { page, link: await page.share() };
}

describe('what is shared on /try', () => {
  it.each([
    ['turbo', ['用户', '助手']],
    ['rolePlay', ['Alice', 'Cheshire Cat']],
    ['v1', ['用户', '助手']],
  ])('is read on a phone, in Chinese, until it is taken back: %s', async (kind, speakers) => {
    const { page, link } = await shareAs(kind);
    const look = { ...phone, theme: 'dark', language: 'zh-CN' } as const;
    const reader = await pages.open(link, look);
    await reader.locator('strong', { hasText: 'Rayleigh' }).waitFor();
    expect(await reader.title()).toContain('Why is the sky blue?');
    expect(await reader.locator('.turn h2').allTextContents()).toEqual(speakers);
    expect(await reader.content()).not.toContain('A secret of the operator.');
    expect(await barriersOf(reader)).toEqual([]);
    expect(await overflowOf(reader)).toBe(0);
    await page.button('Stop sharing').click();
    await page.page.locator('#shared').waitFor({ state: 'hidden' });
    const gone = await reader.reload();
    expect(gone?.status()).toBe(404);
    expect(await reader.content()).not.toContain('Rayleigh');
    expect(await barriersOf(reader)).toEqual([]);
    expect(await overflowOf(reader)).toBe(0);
  });
});
