import type { Locator, Page } from 'playwright-core';
import { token } from './service.js';

/** What a person sees and does on the page to talk to a model on. */
export class TryPage {
  readonly question: Locator;
  readonly turns: Locator;
  readonly status: Locator;

  constructor(readonly page: Page) {
    this.question = page.locator('#question');
    this.turns = page.locator('.turn');
    this.status = page.getByRole('status');
  }

  async giveToken(given = token): Promise<void> {
    await this.page.locator('#token').fill(given);
    await this.page.locator('#token').press('Enter');
  }

  async ask(question: string): Promise<void> {
    await this.question.fill(question);
    await this.question.press('Enter');
  }

  /** The text of the newest answer, as far as it has come. */
  answer(): Locator {
    return this.page.locator('.turn').last().locator('.answer .plain-text');
  }

  /** Until nothing runs any more. */
  async settled(): Promise<void> {
    await this.page.locator('#actions').waitFor();
  }

  /** Shows what a share can have beside what was said. */
  async openShareOptions(): Promise<void> {
    await this.page.locator('#share-with summary').press('Enter');
    await this.page.locator('#share-title').waitFor();
  }

  /** @returns the link */
  async share(): Promise<string> {
    await this.page.locator('#share').click();
    await this.page.locator('#shared').waitFor();
    return this.page.locator('#link').inputValue();
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  curl(): Promise<string | null> {
    return this.page.locator('#curl').textContent();
  }
}
