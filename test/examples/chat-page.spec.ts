import { createHash } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setImmediate as otherWork } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { AliceProcess, removeFolder, workFolder } from '../process/alice-process.js';
import { token } from '../support/service.js';
import { ExampleProcess } from './example-process.js';

let simulator: Simulator;
let folder: string;
let alice: AliceProcess;
let backend: ExampleProcess;
let url: string;

beforeAll(async () => {
  simulator = await startSimulator();
  folder = workFolder();
  const variables = {
    OPENAI_BASE_URL: simulator.baseUrl,
    OPENAI_API_KEYS: 'sk-one',
    KEY_WAIT_MS: '0',
    AUTH_MODE: 'normal',
  };
  alice = new AliceProcess({ folder, variables });
  const settings = { ALICE_URL: await alice.url(), TOKEN: token, PORT: '0' };
  backend = new ExampleProcess('node', ['chat-page/server.mjs'], settings);
  url = await backend.url();
});
afterEach(() => {
  simulator.reset();
});
afterAll(async () => {
  await backend.stop('SIGKILL');
  await alice.stop();
  await simulator.close();
  removeFolder(folder);
});

function post(path: string, body = '', headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${url}${path}`, { method: 'POST', body, headers });
}

/** The cookie as a browser would send it back. */
function cookieOf(answer: Response): string {
  return answer.headers.get('set-cookie')!.split(';')[0]!;
}

/** The texts that the model was sent with a question. */
function historyOf(question: string): unknown[] {
  const messages = simulator.calls.map(
    ({ body }) => (body as { messages?: { content: string }[] }).messages,
  );
  const asked = messages.find((list) => list?.at(-1)?.content === question);
  return asked!.map(({ content }) => content);
}

describe('the page', () => {
  it('runs its own script and style and nothing else, and has no secret', async () => {
    const answer = await fetch(url);
    const page = await answer.text();
    const policy = answer.headers.get('content-security-policy')!;
    for (const tag of ['script', 'style']) {
      const [, text] = new RegExp(`<${tag}>([^]*)</${tag}>`).exec(page)!;
      const digest = createHash('sha256').update(text!).digest('base64');
      expect(policy).toContain(`${tag}-src 'sha256-${digest}'`);
    }
    expect(policy).toMatch(/^default-src 'none';/);
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/ on\w+=| style=|innerHTML|https?:/);
    expect(page).not.toContain(token);
  });
});

describe('the script of the page', () => {
  /** Elements keep what they are given, and listeners by their event. */
  class PageElement {
    className = '';
    textContent = '';
    readonly lines: PageElement[] = [];
    readonly listeners = new Map<string, () => unknown>();

    append(line: PageElement): void {
      this.lines.push(line);
    }

    addEventListener(event: string, listener: () => unknown): void {
      this.listeners.set(event, listener);
    }

    scrollIntoView(): void {}

    focus(): void {}
  }

  it('says so when its backend cannot be reached', async () => {
    const page = await (await fetch(url)).text();
    const [, script] = /<script>([^]*)<\/script>/.exec(page)!;
    const elements = new Map<string, PageElement>();
    const find = (name: string): PageElement => {
      return elements.get(name) ?? elements.set(name, new PageElement()).get(name)!;
    };
    const unreachable = () => Promise.reject(new Error('Failed to fetch'));
    runInNewContext(script!, {
      document: {
        querySelector: find,
        getElementById: find,
        createElement: () => new PageElement(),
      },
      fetch: unreachable,
      AbortController,
    });
    await otherWork();
    const failure = { className: 'failure', textContent: 'Failed to fetch' };
    expect(find('main').lines).toMatchObject([failure]);
    await find('again').listeners.get('click')!();
    expect(find('main').lines).toMatchObject([failure, failure]);
  });
});

describe('its backend', () => {
  it('opens a conversation, goes on with it, shows and finishes it; no script sees its id', async () => {
    const first = await post('/ask', 'Why is the sky blue?');
    expect(first.headers.get('set-cookie')).toMatch(
      /^conversation=conv_\w{22}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+$/,
    );
    const text = await first.text();
    expect(text).toMatch(/^data: You\n\n[^]*data: \[DONE\]\n\n$/);
    const cookie = cookieOf(first);
    const second = await post('/ask', 'And at night?', { cookie });
    expect(second.headers.get('set-cookie')).toBeNull();
    expect(text + (await second.text())).not.toMatch(/conv_/);
    expect(historyOf('And at night?')).toContain('You said: Why is the sky blue?');
    const shown = await post('/history', '', { cookie });
    expect(await shown.json()).toEqual([
      'Why is the sky blue?',
      'You said: Why is the sky blue?',
      'And at night?',
      'You said: And at night?',
    ]);
    const finished = await post('/finish', '', { cookie });
    expect([finished.status, cookieOf(finished)]).toEqual([200, 'conversation=']);
    // The next question with the old cookie is told so, and begins another conversation after that.
    const late = await post('/ask', 'Still there?', { cookie });
    expect([late.status, cookieOf(late)]).toEqual([404, 'conversation=']);
    for (const path of ['/history', '/finish']) expect((await post(path)).status).toBe(204);
  });

  it('hands on pieces as they come, and a caller that leaves to the model', async () => {
    simulator.behave({ answer: ['one', ' two'], holdAfterPieces: 1 });
    const leaving = new AbortController();
    const { body } = await fetch(`${url}/ask`, {
      method: 'POST',
      body: 'Count',
      signal: leaving.signal,
    });
    const piece = await body!.getReader().read();
    expect(Buffer.from(piece.value as Uint8Array).toString('utf8')).toBe('data: one\n\n');
    const asked = simulator.calls.findIndex(({ path }) => path.endsWith('/chat/completions'));
    leaving.abort();
    await simulator.waitForOutcome(asked, 'left');
  });

  it('hands on refusals, with the time to wait', async () => {
    const limited = { status: 429, headers: { 'retry-after': '7' }, times: 1 };
    simulator.behave(limited, { path: '/chat/completions' });
    const answer = await post('/ask', 'hello');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '7']);
    expect(await answer.text()).toBe('Server busy');
    expect((await post('/ask', 'x'.repeat(100_000))).status).toBe(413);
    expect((await post('/other')).status).toBe(404);
    expect(backend.stderr).toBe('');
  });

  it.each([
    ['pages of other sites', { 'sec-fetch-site': 'cross-site' }, 403],
    ['pages beside it', { 'sec-fetch-site': 'same-site' }, 403],
    ['names that are not its own', { host: 'evil.example:8080' }, 421],
  ])('refuses %s', async (_, headers, status) => {
    const before = simulator.calls.length;
    const answered = await new Promise<number | undefined>((resolve, reject) => {
      const options = { method: 'POST', headers, agent: new Agent() };
      const sent = request(`${url}/ask`, options, (answer) => {
        answer.resume().once('end', () => {
          resolve(answer.statusCode);
        });
      });
      sent.once('error', reject).end('hello');
    });
    expect(answered).toBe(status);
    expect(simulator.calls).toHaveLength(before);
  });
});
