import { hostileTexts } from '../factories/hostile-texts.js';
import type { Answer } from '../support/caller.js';
import { attributeOf, elementsIn, judgePage, textOf } from '../support/judge-page.js';
import { send } from '../support/raw-request.js';
import { DatabaseUnavailableError } from '../../src/platform/database/database.errors.js';
import { SharingService } from '../../src/sharing/sharing.service.js';
import { token } from '../support/service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const { service, caller } = useService({
  MAX_CONVERSATION_BYTES: '8388608',
  SHARE_PROMPT: 'true',
});

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8';

/** A share of a conversation with these questions and answers, in turn. */
async function shareOf(...said: string[]): Promise<string> {
  const id = await caller.create('A prompt.');
  for (let at = 0; at < said.length; at += 2) {
    service.simulator.behave({ answer: said[at + 1] ?? '' });
    expect((await caller.chat(id, said[at] ?? '')).status).toBe(200);
  }
  return (await caller.post('store', '', { conversation: id })).headers.get('share') ?? '';
}

/** What a stranger is answered. */
function get(path: string, headers: Record<string, string> = { accept: browser }): Promise<Answer> {
  return send(service.url, { method: 'GET', path: `/chatgpt/share/${path}`, headers });
}

/** What is said on a page, turn by turn, with the language of each speaker's name. */
function turnsOf(html: string): [who: string, text: string][] {
  const elements = elementsIn(judgePage(html));
  const turns = elements.filter((one) => attributeOf(one, 'class')?.startsWith('turn '));
  return turns.map((turn) => {
    const [, heading, said] = elementsIn(turn);
    return [textOf(heading!), textOf(said!).trim()];
  });
}

describe('a share in a browser', () => {
  it('is a page that says who said what, and that nothing is added to it', async () => {
    const { status, text, headers } = await get(await shareOf('Why *is* it?', 'It **is**.'));
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(turnsOf(text)).toEqual([
      ['User', 'Why is it?'],
      ['Assistant', 'It is.'],
    ]);
    const page = textOf(judgePage(text));
    expect(page).toContain('This is a snapshot');
    expect(page).toMatch(/Shared on \w+ \d+, \d{4}/);
    expect(text).toContain('<title>Why *is* it? · Alice</title>');
    expect(text).toContain('<p>It <strong>is</strong>.</p>');
  });

  it('knows the names of a role play', async () => {
    const body = JSON.stringify({ human_name: 'Ann <b>', ai_name: '小明' });
    const { text: id } = await caller.post('createRolePlay', body);
    await caller.chat(id, 'Hello');
    const { headers } = await caller.post('store', '', { conversation: id });
    const { text } = await get(headers.get('share') ?? '');
    expect(turnsOf(text).map(([who]) => who)).toEqual(['Ann <b>', '小明']);
    expect(textOf(judgePage(text))).toContain('role play');
  });

  it('says when nothing had been said', async () => {
    const { text } = await get(await shareOf());
    expect(textOf(judgePage(text))).toContain('Nothing had been said');
  });

  it('tells nobody else about itself', async () => {
    const { headers, text } = await get(await shareOf('A secret question?', 'A secret answer.'));
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-security-policy':
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex, nofollow, noarchive',
      'cache-control': 'no-cache',
      vary: 'Accept, Accept-Language',
    });
    expect(text).toContain('<meta name="robots" content="noindex,nofollow,noarchive">');
    const metas = elementsIn(judgePage(text)).filter(({ tagName }) => tagName === 'meta');
    for (const meta of metas) expect(attributeOf(meta, 'content') ?? '').not.toMatch(/secret/i);
  });

  it('needs nothing that is not there', async () => {
    const id = await shareOf('Q', '```\ncode\n```');
    for (const path of [id, `${id}/`]) {
      const elements = elementsIn(judgePage((await get(path)).text));
      const addresses = elements
        .filter(({ tagName }) => ['link', 'script', 'img'].includes(tagName))
        .map((one) => attributeOf(one, 'href') ?? attributeOf(one, 'src') ?? '');
      expect(addresses.length).toBeGreaterThanOrEqual(4);
      for (const address of addresses) {
        const url = new URL(address, `${service.url}/chatgpt/share/${path}`);
        expect([address, (await fetch(url)).status]).toEqual([address, 200]);
      }
    }
  });

  it('weighs at most 30 KB beside the text, with all that it needs', async () => {
    const { text } = await get(await shareOf('Q', 'A'));
    const files = ['page.css', 'copy.js', 'icon.svg'].map(async (name) => {
      const answer = await fetch(`${service.url}/assets/${name}`);
      return (await answer.arrayBuffer()).byteLength;
    });
    const bytes = (await Promise.all(files)).reduce((sum, one) => sum + one, text.length);
    expect(bytes).toBeLessThan(30_720);
  });

  it('is not sent again to whoever has it', async () => {
    const id = await shareOf('Q', 'A');
    const { headers } = await get(id);
    const tag = headers.get('etag') ?? '';
    expect(tag).not.toBe('');
    const again = { accept: browser, 'if-none-match': tag };
    expect(await get(id, again)).toMatchObject({ status: 304, text: '' });
    const chinese = { ...again, 'accept-language': 'zh' };
    expect((await get(id, chinese)).status).toBe(200);
    expect((await get(await shareOf('Q', 'B'), again)).status).toBe(200);
    await fetch(`${service.url}/chatgpt/share/${id}`, {
      method: 'DELETE',
      headers: { token },
    });
    expect((await get(id, again)).status).toBe(404);
  });

  it('answers HEAD as GET, without the page', async () => {
    const id = await shareOf('Q', 'A');
    const head = await send(service.url, {
      method: 'HEAD',
      path: `/chatgpt/share/${id}`,
      headers: { accept: browser },
    });
    expect(head).toMatchObject({ status: 200, text: '' });
    expect(head.headers.get('etag')).toBe((await get(id)).headers.get('etag'));
  });
});

describe('what a share is answered with', () => {
  it.each<[accept: string | undefined, type: string]>([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['application/json, text/html', 'application/json'],
    ['text/html;q=0.5, application/json', 'application/json'],
    ['text/html;q=0.4, */*;q=0.5', 'application/json'],
    ['text/html;q=0', 'application/json'],
    ['text/plain', 'application/json'],
    ['text/event-stream', 'application/json'],
    ['image/avif', 'application/json'],
    ['not a type', 'application/json'],
    [browser, 'text/html'],
    ['text/html', 'text/html'],
    ['text/*', 'text/html'],
    ['TEXT/HTML', 'text/html'],
    ['text/html, application/json', 'text/html'],
    ['text/html, application/json;q=0.9', 'text/html'],
    ['application/json;q=0.1, text/html;q=0.2', 'text/html'],
    ['text/html, */*', 'text/html'],
  ])('for Accept: %s is %s', async (accept, type) => {
    const id = await shareOf('Q', 'A');
    const { status, headers, text } = await get(id, accept === undefined ? {} : { accept });
    expect([status, headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    expect(headers.get('vary')).toMatch(/\bAccept\b/);
    if (type !== 'application/json') return;
    expect(text).toBe(JSON.stringify({ Id: id, Prompt: 'A prompt.', SentenceList: ['Q', 'A'] }));
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-robots-tag')).toBe('noindex');
  });

  it.each([
    [undefined, 'en', 'User'],
    ['de', 'en', 'User'],
    ['*', 'en', 'User'],
    ['en-GB,en;q=0.9,zh;q=0.8', 'en', 'User'],
    ['zh', 'zh-CN', '用户'],
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN', '用户'],
    ['zh-Hant-TW, en;q=0.5', 'zh-CN', '用户'],
    ['de, zh;q=0.5', 'zh-CN', '用户'],
  ])('for Accept-Language: %s is in %s', async (accepted, language, speaker) => {
    const languages = accepted === undefined ? {} : { 'accept-language': accepted };
    const { text, headers } = await get(await shareOf('Q', 'A'), { accept: browser, ...languages });
    expect(headers.get('content-language')).toBe(language);
    expect(attributeOf(judgePage(text), 'lang')).toBe(language);
    expect(turnsOf(text)[0]).toEqual([speaker, 'Q']);
  });

  it.each([
    ['md', 'text/markdown', '# Q?\n\n## User\n\nQ?\n\n## Assistant\n\n**A**\n\n'],
    ['txt', 'text/plain', 'Q?\n\nUser:\nQ?\n\nAssistant:\n**A**\n\n'],
  ])('for format=%s is %s', async (format, type, end) => {
    const id = await shareOf('Q?', '**A**');
    const { status, headers, text } = await get(`${id}?format=${format}`);
    expect([status, headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toBe("default-src 'none'");
    expect(text.replace(/\n\n(?:## )?The prompt of this conversation:?\n+A prompt\./, '')).toBe(
      end,
    );
  });

  it('for format=json is JSON, also in a browser', async () => {
    const id = await shareOf('Q', 'A');
    const { headers, text } = await get(`${id}?format=json`);
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(JSON.parse(text)).toMatchObject({ Id: id, SentenceList: ['Q', 'A'] });
  });

  it.each(['format=pdf', 'format=', 'format=md&format=txt'])(
    'for %s is a sentence',
    async (query) => {
      const { status, text } = await get(`${await shareOf('Q', 'A')}?${query}`);
      expect([status, text]).toEqual([400, 'format must be one of json, md, txt']);
    },
  );
});

describe('a share that is not shown', () => {
  it('is a page of its own in a browser', async () => {
    const { status, headers, text } = await get('share_none');
    expect([status, headers.get('x-error-code')]).toEqual([404, 'share.not_found']);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(textOf(judgePage(text))).toContain('There is nothing to read here');
    const chinese = await get('share_none', { accept: browser, 'accept-language': 'zh' });
    expect(textOf(judgePage(chinese.text))).toContain('这里没有可以阅读的内容');
  });

  it('is a sentence for everyone else', async () => {
    const { status, headers, text } = await get('share_none', {});
    expect([status, text]).toEqual([404, 'Failed to find shared conversation with provided id']);
    expect(headers.get('vary')).toBe('Accept');
  });

  it('says nothing of the id that was asked for', async () => {
    const { text } = await get(encodeURIComponent('<script>alert(1)</script>'));
    expect(text).not.toContain('alert');
    judgePage(text);
  });
});

describe('a share with a password', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded', accept: browser };

  async function locked(password = 'open sesame ✓'): Promise<string> {
    const id = await caller.create('A prompt.');
    await caller.chat(id, 'Q');
    const { headers } = await caller.post('store', JSON.stringify({ password }), {
      conversation: id,
      'content-type': 'application/json',
    });
    return headers.get('share') ?? '';
  }

  function unlock(id: string, password: string, headers = {}): Promise<Answer> {
    const body = new URLSearchParams({ password }).toString();
    return send(service.url, {
      path: `/chatgpt/share/${id}`,
      headers: { ...form, ...headers },
      body,
    });
  }

  /** The field of the form, if that is what the page is. */
  function fieldOf(html: string) {
    return elementsIn(judgePage(html)).find(({ tagName }) => tagName === 'input');
  }

  it('asks for it, and says nothing of what was said', async () => {
    const id = await locked();
    const { status, headers, text } = await get(id);
    expect([status, headers.get('cache-control')]).toEqual([401, 'no-store']);
    expect(headers.get('content-security-policy')).toContain("form-action 'self'");
    expect(text).toContain('<title>This conversation asks for a password · Alice</title>');
    expect(attributeOf(fieldOf(text)!, 'name')).toBe('password');
    expect(text).not.toContain('You said');
    const chinese = await get(id, { accept: browser, 'accept-language': 'zh' });
    expect(chinese.text).toContain('阅读这次对话需要密码');
    expect((await get(id, {})).text).toMatch(/^This share asks for its password/);
  });

  it('opens for the browser that knows it, and for no other share', async () => {
    const [id, other] = [await locked(), await locked()];
    const opened = await unlock(id, 'open sesame ✓');
    expect([opened.status, opened.headers.get('location')]).toEqual([303, `./${id}`]);
    const cookie = opened.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(
      new RegExp(
        `^share=[\\w-]+; Max-Age=43200; Path=/chatgpt/share/${id}; Expires=[^;]+; HttpOnly; SameSite=Lax$`,
      ),
    );
    const sent = { accept: browser, cookie: cookie.replace(/;.*/, '') };
    const { status, headers, text } = await get(id, sent);
    expect([status, headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    expect(turnsOf(text)[0]).toEqual(['User', 'Q']);
    const known = { ...sent, 'if-none-match': headers.get('etag') ?? '' };
    expect((await get(id, known)).status).toBe(304);
    expect((await get(id, { ...known, cookie: '' })).status).toBe(401);
    expect((await get(other, sent)).status).toBe(401);
    expect((await get(`${id}?format=txt`, sent)).text).toContain('You said: Q');
  });

  it('sends its form to the share as a folder, wherever the page is', async () => {
    const id = await locked();
    for (const path of [id, `${id}/`]) {
      const page = judgePage((await get(path)).text);
      const sent = attributeOf(
        elementsIn(page).find(({ tagName }) => tagName === 'form')!,
        'action',
      );
      const address = new URL(sent!, `https://any.example/prefix/chatgpt/share/${path}`);
      expect(address.pathname).toBe(`/prefix/chatgpt/share/${id}/`);
    }
  });

  it('stays where it was asked for', async () => {
    const id = await locked();
    const opened = await unlock(`${id}/`, 'open sesame ✓');
    expect([opened.status, opened.headers.get('location')]).toEqual([303, `../${id}`]);
    // Browsers take the folder that the form was sent to, behind any path prefix.
    expect(opened.headers.get('set-cookie')).not.toMatch(/path/i);
  });

  it('says that a password is wrong, and after ten how long to wait', async () => {
    const id = await locked();
    const { status, headers, text } = await unlock(id, 'something else');
    expect([status, headers.get('x-error-code')]).toEqual([403, 'share.password_wrong']);
    expect(headers.get('set-cookie')).toBeNull();
    expect(attributeOf(fieldOf(text)!, 'aria-invalid')).toBe('true');
    expect(textOf(judgePage(text))).toContain('This is not the password.');
    for (let tries = 1; tries < 10; tries += 1) await unlock(id, 'something else');
    const late = await unlock(id, 'open sesame ✓');
    const seconds = late.headers.get('retry-after');
    expect([late.status, seconds]).toEqual([429, expect.stringMatching(/^\d+$/)]);
    expect(textOf(judgePage(late.text))).toContain(`Please wait ${seconds} seconds`);
  });

  it('answers who is no browser with sentences', async () => {
    const id = await locked();
    const wrong = await unlock(id, 'x', { accept: '*/*' });
    expect(wrong).toMatchObject({ status: 403, text: 'This is not the password of the share' });
    for (const body of ['', 'password=', 'word=x', 'password']) {
      const asked = { path: `/chatgpt/share/${id}`, headers: form, body };
      expect(await send(service.url, asked)).toMatchObject({
        status: 400,
        text: 'password is missing',
      });
    }
    expect((await unlock('share_none', 'x', { accept: '*/*' })).status).toBe(404);
  });

  it('needs none where there is none', async () => {
    const id = await shareOf('Q', 'A');
    const { status, headers } = await unlock(id, 'anything');
    expect([status, headers.get('set-cookie')]).toEqual([303, null]);
  });
});

describe('a page that cannot be made', () => {
  it.each([
    [new DatabaseUnavailableError(null), 503],
    [new Error('secret cause'), 500],
  ])('says so, and nothing of why: %s', async (error, status) => {
    const sharing = service.app.get(SharingService, { strict: false });
    const asked = jest.spyOn(sharing, 'get').mockRejectedValue(error);
    try {
      const answer = await get('share_any');
      expect(answer.status).toBe(status);
      const page = textOf(judgePage(answer.text));
      expect(page).toContain('This did not work');
      expect(page).toContain(answer.headers.get('x-request-id'));
      expect(page).not.toContain('secret');
      const json = await get('share_any', {});
      expect([json.status, json.headers.get('content-type')]).toEqual([
        status,
        'text/plain; charset=utf-8',
      ]);
    } finally {
      asked.mockRestore();
    }
  });

  it('looks like one that is not there, where SHARING is off', async () => {
    const { service: other } = await start({ SHARING: 'off' });
    const asked = { method: 'GET', path: '/chatgpt/share/x', headers: { accept: browser } };
    const { status, text } = await send(other.url, asked);
    expect(status).toBe(404);
    expect(textOf(judgePage(text))).toContain('There is nothing to read here');
  });
});

describe('what was said', () => {
  it.each(hostileTexts)('is only read: %s', async (_what, text) => {
    const answer = `begin\n\n${text}\n\nend`;
    const id = await shareOf(text, answer);
    const { status, text: html } = await get(id);
    expect(status).toBe(200);
    const turns = turnsOf(html);
    expect(turns.map(([who]) => who)).toEqual(['User', 'Assistant']);
    expect(turns[1]?.[1]).toMatch(/^begin/);
    expect(turns[1]?.[1]).toMatch(/end$/);
  });

  it('keeps its links, and its pictures as links', async () => {
    const { text } = await get(
      await shareOf(
        'Q',
        '[a](https://a.example) https://b.example <c@d.example> ![e](http://f.example/g.png)',
      ),
    );
    const links = elementsIn(judgePage(text)).filter(
      (one) => one.tagName === 'a' && attributeOf(one, 'rel') !== undefined,
    );
    expect(links.map((link) => [textOf(link), attributeOf(link, 'href')])).toEqual([
      ['a', 'https://a.example'],
      ['https://b.example', 'https://b.example'],
      ['c@d.example', 'mailto:c@d.example'],
      ['e', 'http://f.example/g.png'],
    ]);
  });

  it('keeps every character, and its direction', async () => {
    const said = 'مرحبا بالعالم 🙂 你好，世界 👩‍👩‍👧‍👦 Ünïcödé';
    const { text } = await get(await shareOf(said, said));
    expect(turnsOf(text)).toEqual([
      ['User', said],
      ['Assistant', said],
    ]);
    const directed = elementsIn(judgePage(text)).filter(
      (one) => attributeOf(one, 'dir') === 'auto',
    );
    expect(directed.map(({ tagName }) => tagName).join(' ')).toBe('h1 div h2 div h2 div');
  });

  it('scrolls inside of itself where it is wide', async () => {
    const { text } = await get(await shareOf('Q', '|a|b|\n|-|-:|\n|c|d|\n\n```js\ncode\n```'));
    judgePage(text);
    expect(text).toContain('<div class="scrolls" tabindex="0"><table>');
    expect(text).toContain('<td class="to-right">d</td>');
    expect(text).toContain('<div class="code"><pre tabindex="0"><code>code\n</code></pre></div>');
  });

  it('is all there when it is long, and says where it is shown as it was written', async () => {
    const line = 'Words & **more** words.\n\n';
    const question = line.repeat(40_000);
    const id = await shareOf(question, 'A', question, 'B', question, 'C');
    const { status, text } = await get(id);
    expect(status).toBe(200);
    expect(text.length).toBeGreaterThan(3_000_000);
    const turns = turnsOf(text);
    expect(turns.map(([who, said]) => [who, said.match(/more/g)?.length ?? said])).toEqual([
      ['User', 40_000],
      ['Assistant', 'A'],
      ['User', 40_000],
      ['Assistant', 'B'],
      ['User', 40_000],
      ['Assistant', 'C'],
    ]);
    expect(text.match(/From here on it is shown as it was written/g)).toHaveLength(1);
    expect((await get(id)).text).toBe(text);
  });
});

describe('SHARE_FRAME_ANCESTORS', () => {
  it('names those whose frames may show a share', async () => {
    const { service: other } = await start({ SHARE_FRAME_ANCESTORS: 'https://wiki.example' });
    const asked = {
      method: 'GET',
      path: '/chatgpt/share/share_none',
      headers: { accept: browser },
    };
    const policy = (await send(other.url, asked)).headers.get('content-security-policy');
    expect(policy).toMatch(/; frame-ancestors https:\/\/wiki\.example$/);
  });
});
