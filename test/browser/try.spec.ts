import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readEventStream } from '../support/caller.js';
import { token } from '../support/service.js';
import { listShares } from '../support/shares.js';
import { TryPage } from '../support/try-page.js';
import { barriersOf, overflowOf, phone, useBrowser, type Look } from '../support/use-browser.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const { service } = useService({ V1_LIST: 'true' });
const pages = useBrowser();

async function open(look: Look = {}): Promise<TryPage> {
  const page = new TryPage(await pages.open(`${service.url}/try`, look));
  await page.giveToken();
  await page.question.waitFor();
  return page;
}

/** What a line for a terminal brings there. */
async function run(line: string | null): Promise<string> {
  const env = { ...process.env, TOKEN: token };
  return (await promisify(execFile)('bash', ['-c', line!], { env })).stdout;
}

describe('/try in a browser', () => {
  it('shows an answer while it comes, with the keyboard alone', async () => {
    const page = await open();
    service.simulator.behave({ answer: ['Because\n', 'of the\n\nair'], holdAfterPieces: 1 });
    await page.page.keyboard.type('Why is');
    await page.page.keyboard.press('Shift+Enter');
    await page.page.keyboard.type('the sky blue?');
    await page.page.keyboard.press('Enter');
    await page.answer().getByText('Because').waitFor();
    expect(await page.answer().textContent()).toBe('Because\n');
    expect(await page.status.textContent()).toBe('The model is answering');
    service.simulator.release();
    await page.settled();
    expect(await page.answer().textContent()).toBe('Because\nof the\n\nair');
    expect(await page.status.textContent()).toBe('Because\nof the\n\nair');
    const questions = page.page.locator('.question .plain-text');
    expect(await questions.allTextContents()).toEqual(['Why is\nthe sky blue?']);
    expect(await page.page.locator('#question:focus').inputValue()).toBe('');
  });

  it('goes on with the conversation, also after the page was loaded again', async () => {
    const page = await open();
    await page.ask('one');
    await page.settled();
    await page.page.reload();
    await page.answer().getByText('You said: one').waitFor();
    await page.ask('two');
    await page.answer().getByText('You said: two').waitFor();
    const messages = JSON.stringify(service.simulator.calls.at(-1)?.body);
    expect(messages).toContain('You said: one');
  });

  it('stops an answer, keeps nothing of it, and asks again', async () => {
    const page = await open();
    service.simulator.behave({ answer: ['never ', 'ends'], holdAfterPieces: 1, times: 1 });
    await page.ask('Go on and on');
    await page.answer().getByText('never').waitFor();
    const call = service.simulator.totalCalls - 1;
    await page.button('Stop').click();
    await page.page.getByText('Stopped. Nothing of this turn was kept.').waitFor();
    await service.simulator.waitForOutcome(call, 'left');
    await page.button('Ask again').click();
    await page.answer().getByText('You said: Go on and on').waitFor();
    expect(await page.turns.count()).toBe(1);
  });

  it('answers again, and takes back', async () => {
    const page = await open();
    await page.ask('Heads or tails?');
    await page.settled();
    service.simulator.behave({ answer: 'Tails.' });
    await page.button('Answer again').click();
    await page.answer().getByText('Tails.').waitFor();
    await page.settled();
    expect(await page.turns.count()).toBe(1);
    await page.button('Take back').click();
    await page.turns.waitFor({ state: 'detached' });
    expect(await page.question.inputValue()).toBe('Heads or tails?');
  });

  it('shares a conversation, copies the link, and takes it back', async () => {
    const page = await open({ clipboard: true });
    await page.ask('Is this secret?');
    await page.settled();
    const link = await page.share();
    expect(await (await fetch(link)).text()).toContain('Is this secret?');
    await page.page.locator('#shared').getByRole('button', { name: 'Copy' }).click();
    await page.page.locator('#shared').getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.page.evaluate('navigator.clipboard.readText()')).toBe(link);
    await page.button('Stop sharing').click();
    await page.page.locator('#shared').waitFor({ state: 'hidden' });
    expect((await fetch(link)).status).toBe(404);
  });

  it('shares with a title, a password and an end, by keyboard', async () => {
    const page = await open();
    await page.ask('Is this secret?');
    await page.settled();
    await page.openShareOptions();
    const { keyboard } = page.page;
    await keyboard.press('Tab');
    await keyboard.type('For "you" & me');
    await keyboard.press('Tab');
    await keyboard.type('short');
    await keyboard.press('Enter');
    // It is not sent before it may be.
    expect(await page.page.locator('#share-password:invalid:focus').count()).toBe(1);
    expect(await page.page.locator('#shared').isVisible()).toBe(false);
    await keyboard.type(' no more, ünïcödé 密码');
    await keyboard.press('Tab');
    await keyboard.type('30');
    await keyboard.press('Enter');
    await page.page.locator('#shared').waitFor();
    const id = new URL(await page.page.locator('#link').inputValue()).pathname.split('/').at(-1)!;
    const { data } = await listShares(service.url, '?limit=100');
    const [share] = data.filter((one) => one.id === id);
    expect(share).toMatchObject({ title: 'For "you" & me', has_password: true });
    expect(share!.expires_at! - share!.created_at).toBe(30 * 86_400);
    await page.page.getByText('Whoever has this link and knows the password').waitFor();
    const shown = await page.curl();
    expect(await run(shown)).toContain('保存成功');
    expect((await listShares(service.url, '?limit=100')).data.length).toBe(data.length + 1);
    // The next one begins without them.
    expect(await page.page.locator('#share-password').inputValue()).toBe('');
    expect(await page.page.locator('#share-password').isVisible()).toBe(false);
  });

  it('says what is wrong with what a share is to have', async () => {
    const page = await open();
    await page.ask('one');
    await page.settled();
    await page.openShareOptions();
    await page.page.getByLabel('Days until it expires').fill('366');
    await page.page.locator('#share-with summary').click();
    await page.button('Share').click();
    expect(await page.page.locator('#share-days:invalid:focus').isVisible()).toBe(true);
    await page.page.getByLabel('Days until it expires').fill('365');
    await page.button('Share').click();
    await page.page.locator('#shared').waitFor();
    await page.page.getByText('Whoever has this link can read').waitFor();
  });

  it.each([
    ['turbo', 'createTurbo'],
    ['gpt4', 'createGPT4'],
    ['gpt3', 'create'],
    ['rolePlay', 'createRolePlay'],
    ['quickAnswer', 'quickAnswer'],
    ['v1', 'responses'],
  ])('asks as %s, in the words of the prompt', async (kind) => {
    const page = await open();
    await page.page.getByLabel('Kind').selectOption(kind);
    if (kind === 'v1')
      await page.page.getByLabel('Model', { exact: true }).selectOption('gpt-6-sol');
    await page.page.getByLabel('Prompt').fill('Speak like a pirate.');
    await page.ask('It\'s "me", $HOME');
    await page.answer().getByText('You said').waitFor();
    await page.settled();
    const { body, model } = service.simulator.calls.at(-1)!;
    expect(JSON.stringify(body)).toContain('Speak like a pirate.');
    if (kind === 'v1') expect(model).toBe('gpt-6-sol');
    // What it shows for terminals does the same there.
    const before = service.simulator.totalCalls;
    expect(await run(await page.curl())).toContain('You');
    expect(service.simulator.totalCalls).toBe(before + 1);
    expect(JSON.stringify(service.simulator.calls.at(-1)?.body)).toContain('$HOME');
  });

  it('says what is wrong in the words of the service, and what helps', async () => {
    const page = await open();
    service.simulator.behave({ status: 400, error: { message: 'too rude' } });
    await page.ask('!');
    const alert = page.page.getByRole('alert').filter({ hasText: 'rude' });
    await alert.getByText('Change the question or the settings.').waitFor();
    const meaning = await alert.getByRole('link').getAttribute('href');
    expect(meaning).toBe(`${service.url}/docs/errors.html#upstream.refused`);
    service.simulator.reset();
    service.simulator.behave({ answer: ['half', ' whole'], cutAfterPieces: 1 });
    await page.ask('Once more');
    const broken = page.page.getByRole('alert').filter({ hasText: 'please try again' });
    await broken.getByText(/the log of the service under req_/).waitFor();
    expect(await page.turns.last().getAttribute('class')).toContain('unkept');
  });

  it('asks for the token again when it is wrong', async () => {
    const page = new TryPage(await pages.open(`${service.url}/try`));
    await page.giveToken('wrong');
    await page.page.getByRole('alert').filter({ hasText: 'Auth failed' }).waitFor();
    expect(await page.page.locator('#token:focus').count()).toBe(1);
    await page.giveToken();
    await page.question.waitFor();
    await page.button('Forget the token').click();
    await page.page.locator('#token').waitFor();
    expect(await page.page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(token);
  });

  it.each<Look>([
    { theme: 'light' },
    { theme: 'dark', language: 'zh-CN' },
    { ...phone, theme: 'dark' },
    { ...phone, theme: 'light', language: 'zh-CN' },
  ])('keeps nobody out: %j', async (look) => {
    const page = new TryPage(await pages.open(`${service.url}/try`, look));
    const check = async (): Promise<void> => {
      expect(await barriersOf(page.page)).toEqual([]);
      expect(await overflowOf(page.page)).toBe(0);
    };
    await page.page.locator('#token').waitFor();
    await check();
    await page.giveToken('wrong');
    await page.page.locator('#token-problem:not(:empty)').waitFor();
    await check();
    await page.giveToken();
    await page.question.waitFor();
    await check();
    await page.ask('W'.repeat(200));
    await page.settled();
    await page.openShareOptions();
    await check();
    await page.share();
    await check();
    service.simulator.behave({ status: 500 });
    await page.ask('?');
    await page.page.locator('.note').last().waitFor();
    await page.settled();
    await check();
  });
});

describe('/try where everyone may call', () => {
  it('asks for no token', async () => {
    const {
      service: { url },
    } = await start({ AUTH_MODE: 'none' });
    const page = new TryPage(await pages.open(`${url}/try`));
    await page.page.getByRole('button', { name: 'Why is the sky blue?' }).click();
    await page.answer().getByText('You said: Why is the sky blue?').waitFor();
    expect(await page.page.locator('#token').isVisible()).toBe(false);
    expect(await page.curl()).not.toContain('token');
  });
});

describe('/try where each call needs a proof of its own', () => {
  it('makes them from the token, which is sent nowhere', async () => {
    const {
      service: { url },
    } = await start({ AUTH_MODE: 'normal' });
    const page = new TryPage(await pages.open(`${url}/try`));
    const sent: string[] = [];
    page.page.on('request', (request) => {
      sent.push(JSON.stringify(request.headers()) + (request.postData() ?? ''));
    });
    await page.giveToken();
    for (const question of ['one', 'two']) {
      await page.ask(question);
      await page.answer().getByText(`You said: ${question}`).waitFor();
      await page.settled();
    }
    expect(sent.length).toBeGreaterThan(3);
    expect(sent.join()).not.toContain(token);
    expect(readEventStream(await run(await page.curl())).text).toBe('You said: two');
  });
});
