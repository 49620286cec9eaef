import { source as axe } from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { launchChromium } from '../../tools/browser/launch-chromium.js';

/** How somebody looks at a page; what is left out is a desk, light and English. */
export interface Look {
  width?: number;
  theme?: 'light' | 'dark';
  language?: string;
  /** Reading must not need them. */
  withoutScripts?: boolean;
  /** What a form of the page may have put into the clipboard can be read. */
  clipboard?: boolean;
}

/** A phone that few are smaller than. */
export const phone = { width: 320 } as const;

/** Opens pages in one browser, and hears what is wrong with them. */
export class PageOpener {
  browser: Browser;
  /** What the pages said on the console, asked of other hosts or were refused by their policy. */
  readonly complaints: string[] = [];
  private readonly contexts: BrowserContext[] = [];

  /** A page in a browser of its own: nothing is kept of what others did. */
  async open(url: string, look: Look = {}): Promise<Page> {
    const context = await this.browser.newContext({
      viewport: { width: look.width ?? 1280, height: 800 },
      colorScheme: look.theme ?? 'light',
      locale: look.language ?? 'en-GB',
      javaScriptEnabled: look.withoutScripts !== true,
      permissions: look.clipboard ? ['clipboard-read', 'clipboard-write'] : [],
    });
    this.contexts.push(context);
    const page = await context.newPage();
    this.listen(page, new URL(url).origin);
    page.setDefaultTimeout(15_000);
    await page.goto(url);
    return page;
  }

  /** What a page that says no makes the browser say. */
  forgive(status: number): void {
    const isForgiven = (complaint: string) => complaint.includes(`status of ${status}`);
    this.complaints.splice(0, Infinity, ...this.complaints.filter((one) => !isForgiven(one)));
  }

  async closePages(): Promise<void> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
  }

  private listen(page: Page, origin: string): void {
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      // The browser's own line about an answer that the page itself tells of.
      const { url } = message.location();
      if (/^Failed to load resource/.test(message.text()) && isCall(url)) return;
      this.complaints.push(message.text());
    });
    page.on('request', (request) => {
      const { protocol, origin: asked } = new URL(request.url());
      if (protocol.startsWith('http') && asked !== origin) {
        this.complaints.push(`A request to another host: ${request.url()}`);
      }
    });
  }
}

/**
 * One browser for all tests of the file. Each test that leaves a page complaining (a console error, a
 * request to another host, a breach of the page's policy) fails.
 */
export function useBrowser(): PageOpener {
  const pages = new PageOpener();
  beforeAll(async () => {
    pages.browser = await launchChromium();
  });
  afterEach(async () => {
    await pages.closePages();
    expect(pages.complaints.splice(0)).toEqual([]);
  });
  afterAll(() => pages.browser.close());
  return pages;
}

/** What a page has that keeps people out, each as `rule: element`. */
export async function barriersOf(page: Page): Promise<string[]> {
  // In the page's own world and past its policy, as a debugger would.
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>('axe.run()');
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}

/** How many pixels a page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
}

function isCall(url: string): boolean {
  return /^\/(chatgpt|v1)\//.test(new URL(url).pathname);
}
