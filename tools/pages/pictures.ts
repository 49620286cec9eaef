// npx tsx tools/pages/pictures.ts: takes the pictures in docs/images, from the built service.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../browser/launch-chromium.js';
import { withBuiltService, type BuiltService } from '../processes/built-service.js';

const folder = join(import.meta.dirname, '../../docs/images');
/** A page of documentation is read on slow connections too. */
const mostBytes = 60 * 1024;

const desk = { width: 1120, height: 700 };
const phone = { width: 320, height: 640 };

const sky = [
  'Sunlight is a mixture of all colours. On its way through the air **blue light, whose waves are short, is scattered far more than red**, so blue reaches us from every part of the sky.',
  'The law behind it: the scattering grows with the fourth power of the frequency.',
  '```python\nred, blue = 700, 450  # nm\nprint((red / blue) ** 4)  # 5.9\n```',
].join('\n\n');
const plainSky = sky.split('\n\n').slice(0, 2).join('\n\n').replaceAll('**', '');
/** In the two pieces between which the picture is taken. */
const sunset = [
  'Because then its light comes a long way through the air. Most of the blue has been scattered out of it before it arrives,',
  ' and what is left is red and gold.',
];

type Theme = 'light' | 'dark';

async function main(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const browser = await launchChromium();
  try {
    await withBuiltService(async (service) => {
      for (const theme of ['light', 'dark'] as const) {
        await tryPage(browser, service, theme);
        await share(browser, service, theme);
      }
      await states(browser, service);
    });
  } finally {
    await browser.close();
  }
}

/** A conversation whose second answer is being written. */
async function tryPage(browser: Browser, service: BuiltService, theme: Theme): Promise<void> {
  const { url, token, simulator } = service;
  const page = await browser.newPage({ viewport: desk, colorScheme: theme });
  await page.goto(`${url}/try`);
  await page.locator('#token').fill(token);
  await page.locator('#token').press('Enter');
  simulator.behave({ answer: plainSky });
  await ask(page, 'Why is the sky blue?');
  await page.locator('#actions').waitFor();
  simulator.behave({ answer: sunset, holdAfterPieces: 1 });
  await ask(page, 'And why is it red at sunset?');
  await page.locator('.answer').last().getByText('before it arrives').waitFor();
  // Under the address that the service has unless another one is set.
  await page.evaluate(
    `curl.textContent = curl.textContent.replace(${JSON.stringify(url)}, 'http://localhost:7777')`,
  );
  await take(page, `try-${theme}.webp`);
  simulator.release();
  await page.close();
}

async function ask(page: Page, question: string): Promise<void> {
  await page.locator('#question').fill(question);
  await page.locator('#question').press('Enter');
}

/** What somebody sees who is sent the link. */
async function share(browser: Browser, service: BuiltService, theme: Theme): Promise<void> {
  const id = await stored(service, '');
  const page = await browser.newPage({ viewport: phone, colorScheme: theme, deviceScaleFactor: 2 });
  await page.goto(`${service.url}/chatgpt/share/${id}`);
  await take(page, `share-${theme}.webp`);
  await page.close();
}

/** The other states that a reader may meet, on a phone: the beginning, a password, the end, in Chinese. */
async function states(browser: Browser, service: BuiltService): Promise<void> {
  const { url, token } = service;
  const locked = await stored(service, JSON.stringify({ password: 'blue and red' }));
  const open = await stored(service, '');
  const pages = [
    ['home', '/', 'en'],
    ['try-empty', '/try', 'en'],
    ['share-password', `/chatgpt/share/${locked}`, 'en'],
    ['share-gone', '/chatgpt/share/share_0000000000000000000000', 'en'],
    ['share-chinese', `/chatgpt/share/${open}`, 'zh-CN'],
  ] as const;
  for (const [name, path, locale] of pages) {
    const page = await browser.newPage({ viewport: phone, locale, deviceScaleFactor: 2 });
    await page.goto(`${url}${path}`);
    if (path === '/try') {
      await page.locator('#token').fill(token);
      await page.locator('#token').press('Enter');
      await page.locator('#question').waitFor();
    }
    await take(page, `${name}.webp`);
    await page.close();
  }
}

/** Shares a conversation. @param options the body of `store` @returns the share's id */
async function stored({ url, token, simulator }: BuiltService, options: string): Promise<string> {
  const call = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/chatgpt/${path}`, { method: 'POST', headers: { token, ...headers }, body });
  const conversation = await (await call('createTurbo', '')).text();
  simulator.behave({ answer: sky });
  await (await call('chat', 'Why is the sky blue?', { conversation })).text();
  return (await call('store', options, { conversation })).headers.get('share') ?? '';
}

/** As WebP, which Playwright has no name for: half as large as PNG. */
async function take(page: Page, name: string): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  const { data } = await devTools.send('Page.captureScreenshot', { format: 'webp', quality: 82 });
  const picture = Buffer.from(data, 'base64');
  if (picture.length > mostBytes) {
    throw new Error(`${name} has ${picture.length} bytes, over ${mostBytes}`);
  }
  writeFileSync(join(folder, name), picture);
  console.log(`docs/images/${name}: ${picture.length} bytes`);
}

await main();
