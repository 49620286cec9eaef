import { ShareExpiryTask } from '../../src/sharing/share-expiry.task.js';
import { SharingService } from '../../src/sharing/sharing.service.js';
import { Caller } from '../support/caller.js';
import { countRows, insertRow } from '../support/database-file.js';
import { startService, token } from '../support/service.js';
import {
  callConversation,
  listShares,
  openShare,
  storeShare,
  sharedConversation,
  revokeShare,
} from '../support/shares.js';
import { query } from '../support/stored.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const dayMs = 86_400_000;
const notFound = 'Failed to find shared conversation with provided id';

const { service, caller } = useService({ V1_LIST: 'true' });

describe('what store takes', () => {
  it.each([
    ['a list', '[]', 'The body must be a JSON object'],
    ['text', 'title=Mine', 'The body is not valid JSON'],
    ['a misspelt key', '{"expire_in_days":1}', 'Unknown key: expire_in_days'],
    ['a key of the language', '{"constructor":1}', 'Unknown key: constructor'],
    ['no title', '{"title":" "}', 'title must be one line of 1 to 200 characters'],
    ['null', '{"title":null}', 'title must be one line of 1 to 200 characters'],
    ['two lines', '{"title":"a\\nb"}', 'title must be one line of 1 to 200 characters'],
    ['201 characters', JSON.stringify({ title: '🦊'.repeat(201) }), /^title must be one line/],
    ['a list as title', '{"title":["a"]}', /^title must be one line/],
    ['7 characters', '{"password":"secret1"}', /^password must be 8 to 128 characters/],
    ['129', JSON.stringify({ password: 'x'.repeat(129) }), /^password must be 8 to 128/],
    ['a blank behind it', '{"password":"secret12 "}', /not begin or end with a blank$/],
    ['a number as password', '{"password":12345678}', /^password must be 8 to 128/],
    ['no days', '{"expires_in_days":0}', /^expires_in_days must be a whole number from 1/],
    ['half a day', '{"expires_in_days":0.5}', /^expires_in_days must be a whole number from 1/],
    ['days as text', '{"expires_in_days":"7"}', /^expires_in_days must be a whole number from 1/],
    [
      'more days than there are',
      '{"expires_in_days":366}',
      'expires_in_days must be a whole number from 1 to 365',
    ],
    ['endless days', '{"expires_in_days":1e400}', /^expires_in_days must be a whole number from 1/],
    ['a word', '{"show_prompt":"no"}', 'show_prompt must be true or false'],
    [
      'the prompt',
      '{"show_prompt":true}',
      'show_prompt must not be true: SHARE_PROMPT is false on this service',
    ],
  ])('refuses %s, and stores nothing', async (_what, body, sentence) => {
    const id = await sharedConversation(caller);
    const answer = await caller.post('store', body, { conversation: id });
    expect(answer.status).toBe(400);
    expect(answer.text).toMatch(sentence);
    expect(answer.headers.get('share')).toBeNull();
    expect((await openShare(service.url, id)).status).toBe(404);
  });

  it('may be the longest, in any script', async () => {
    const id = await sharedConversation(caller);
    const title = '🦊'.repeat(200);
    const password = '密'.repeat(128);
    const options = { title: ` ${title.slice(2)}`, password, expires_in_days: 365 };
    const share = await storeShare(caller, id, options);
    const [listed] = (await listShares(service.url)).data;
    expect(listed).toMatchObject({ id: share, title: title.slice(2), has_password: true });
    const header = Buffer.from(password).toString('latin1');
    expect((await openShare(service.url, share, { 'share-password': header })).status).toBe(200);
  });

  it('tells whether the prompt is shown, where the operator lets it be', async () => {
    const { service: other, caller: callers } = await start({ SHARE_PROMPT: 'true' });
    const id = await sharedConversation(callers);
    for (const [body, prompt] of [
      [undefined, 'A secret prompt.'],
      [{ show_prompt: true }, 'A secret prompt.'],
      [{ show_prompt: false }, ''],
    ] as const) {
      const share = await storeShare(callers, id, body);
      const answer = await openShare(other.url, share);
      expect(JSON.parse(answer.text)).toMatchObject({ Id: share, Prompt: prompt });
    }
  });

  it('does not bring what a share does not show into it', async () => {
    const share = await storeShare(caller, await sharedConversation(caller));
    const [row] = query<Record<string, unknown>>(
      service.databaseFile,
      'SELECT * FROM shares WHERE id = ?',
      share,
    );
    expect(JSON.stringify(row)).not.toContain('A secret prompt.');
    expect(row).toMatchObject({ prompt: '', sentences: '[]' });
  });
});

describe('a share of before there was more to say', () => {
  it('reads as before, by the setting of now', async () => {
    const variables = { V1_LIST: 'true', SHARE_TTL_DAYS: '0' };
    const [id, own] = ['conv_old', 'share_old'];
    const { service: other, caller: callers } = await start({ ...variables, SHARE_PROMPT: 'true' });
    const kept = await storeShare(callers, await sharedConversation(callers));
    // As the version before wrote it.
    insertRow(other, 'shares', {
      ...{ id: own, owner_id: 'default', conversation_id: id, prompt: 'Old prompt.' },
      ...{ sentences: JSON.stringify(['Q1\n', 'A1']), created_at: other.clock.now() },
    });
    const answer = await openShare(other.url, own);
    expect(JSON.parse(answer.text)).toEqual({
      ...{ Id: own, Prompt: 'Old prompt.', SentenceList: ['Q1\n', 'A1'] },
    });
    expect((await openShare(other.url, id)).text).toBe(answer.text.replace(own, id));
    const { data } = await listShares(other.url);
    expect(data.map((each) => each.id)).toEqual([own, kept]);
    expect(data[0]).toMatchObject({ title: 'Q1', kind: null, has_password: false });
    const second = await startService(variables, other.folder);
    try {
      const shown = await openShare(second.url, own);
      expect(JSON.parse(shown.text)).toMatchObject({ Prompt: '', SentenceList: ['Q1\n', 'A1'] });
    } finally {
      await second.app.close();
      await second.simulator.close();
    }
    expect((await revokeShare(other.url, own)).status).toBe(200);
  });
});

describe('the end of a share', () => {
  it('comes at its own moment, and the next sweep deletes it', async () => {
    const { service: other, caller: callers } = await start({ SHARE_TTL_DAYS: '0' });
    const id = await sharedConversation(callers);
    const own = await storeShare(callers, id, { expires_in_days: 1 });
    const kept = await storeShare(callers, await sharedConversation(callers));
    const sweep = other.app.get(ShareExpiryTask, { strict: false });
    const [times] = query<{ created_at: number; expires_at: number }>(
      other.databaseFile,
      'SELECT created_at, expires_at FROM shares WHERE id = ?',
      own,
    );
    expect(Number(times?.expires_at) - Number(times?.created_at)).toBe(dayMs);
    other.clock.advance(dayMs - 60_000);
    expect((await openShare(other.url, own)).status).toBe(200);
    await sweep.sweep();
    expect(countRows(other, 'shares')).toBe(2);
    other.clock.advance(60_000);
    for (const gone of [own, id]) {
      expect(await openShare(other.url, gone)).toMatchObject({ status: 404, text: notFound });
    }
    const removed = await revokeShare(other.url, own);
    expect(removed.status).toBe(404);
    expect(await sweep.sweep()).toBe(1);
    expect(countRows(other, 'shares')).toBe(1);
    expect((await openShare(other.url, kept)).status).toBe(200);
  });

  it('is never behind SHARE_TTL_DAYS, also when that is lowered', async () => {
    const { service: other, caller: callers } = await start({ V1_LIST: 'true' });
    for (const days of [undefined, 300, 3]) {
      await storeShare(callers, await sharedConversation(callers), { expires_in_days: days });
    }
    expect(await daysOf(other.url)).toEqual([3, 300, 365]);
    const second = await startService({ V1_LIST: 'true', SHARE_TTL_DAYS: '7' }, other.folder);
    try {
      expect(await daysOf(second.url)).toEqual([3, 7, 7]);
    } finally {
      await second.app.close();
      await second.simulator.close();
    }
  });

  async function daysOf(url: string): Promise<number[]> {
    const { data } = await listShares(url);
    return data.map(({ created_at: from, expires_at: to }) => Math.round((to! - from) / 86_400));
  }
});

describe('GET /chatgpt/share', () => {
  it('lists the newest first, in pages, without what was said', async () => {
    const { service: other, caller: callers } = await start({
      V1_LIST: 'true',
      SHARE_TTL_DAYS: '0',
    });
    expect(await listShares(other.url)).toEqual({ data: [], has_more: false });
    const id = await sharedConversation(callers);
    const shares: string[] = [];
    for (let count = 0; count < 5; count += 1) shares.unshift(await storeShare(callers, id));
    const first = await listShares(other.url, '?limit=2');
    expect(first.data.map((share) => share.id)).toEqual(shares.slice(0, 2));
    expect(first.has_more).toBe(true);
    expect(first.data[0]).toEqual({
      ...{ id: shares[0], title: 'Q1', expires_at: null, has_password: false },
      ...{ conversation_id: id, kind: 'turbo' },
      created_at: expect.any(Number) as number,
    });
    const rest = await listShares(other.url, `?limit=100&after=${shares[1]}`);
    expect(rest.data.map((share) => share.id)).toEqual(shares.slice(2));
    expect(rest.has_more).toBe(false);
    const oldest = await listShares(other.url, `?order=asc&limit=1&after=${shares[4]}`);
    expect(oldest.data.map((share) => share.id)).toEqual([shares[3]]);
  });

  it.each([
    ['?limit=0', 'limit must be from 1 to 100'],
    ['?limit=x', 'limit must be from 1 to 100'],
    ['?order=up', 'order must be one of asc, desc'],
    ['?after=share_none', "There is nothing with the id 'share_none' to go on from"],
  ])('refuses %s', async (search, sentence) => {
    const answer = await caller.get(`/chatgpt/share${search}`, { token });
    expect(answer).toMatchObject({ status: 400, text: sentence });
  });

  it.each<[Record<string, string>, Record<string, string>, number]>([
    [{}, {}, 401],
    [{}, { token: 'wrong' }, 401],
    [{}, { token }, 403],
    [{ V1_LIST: 'true' }, { token }, 200],
    [{ V1_LIST: 'true', AUTH_MODE: 'none' }, {}, 403],
    [{ V1_LIST: 'true', AUTH_MODE: 'normal' }, { token }, 401],
    [
      { ADMIN_TOKEN: 'an-admin-token-of-some-length' },
      { authorization: 'Bearer an-admin-token-of-some-length' },
      200,
    ],
    [
      { ADMIN_TOKEN: 'an-admin-token-of-some-length', AUTH_MODE: 'none' },
      { authorization: 'Bearer an-admin-token-of-some-length' },
      200,
    ],
  ])('is with %j for %j: %i', async (settings, headers, status) => {
    const { service: other } = await start(settings);
    const answer = await new Caller(other.url).get('/chatgpt/share', headers);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.text).toMatch(/^Listing conversations or shares takes/);
  });
});

describe('where SHARING is off', () => {
  it('every route of shares answers 404, in the form of its API, and stores nothing', async () => {
    const sentence = 'Sharing is switched off on this service';
    const settings = { SHARING: 'off', V1_LIST: 'true' };
    const {
      service: { url, ...other },
      caller: callers,
    } = await start(settings);
    const id = await sharedConversation(callers);
    expect(await callers.post('store', '', { conversation: id })).toMatchObject({
      status: 404,
      text: sentence,
    });
    for (const path of ['/chatgpt/share', `/chatgpt/share/${id}`]) {
      expect(await callers.get(path, { token })).toMatchObject({ status: 404, text: sentence });
    }
    const removed = await revokeShare(url, id);
    expect(removed).toMatchObject({ status: 404, text: sentence });
    for (const answer of [
      await callConversation(url, 'POST', `/${id}/share`, {}),
      await callConversation(url, 'GET', `/${id}/shares`),
    ]) {
      expect(answer.status).toBe(404);
      expect(JSON.parse(answer.text)).toMatchObject({ error: { message: sentence } });
    }
    expect(query(other.databaseFile, 'SELECT id FROM shares')).toEqual([]);
    const headers = { conversation: id, shares: 'delete' };
    expect((await callers.post('finish', '', headers)).status).toBe(200);
  });
});

describe('where SHARE_BY_CONVERSATION_ID is off', () => {
  it("the conversation's id finds nothing, and takes back all the same", async () => {
    const {
      service: { url },
      caller: callers,
    } = await start({ SHARE_BY_CONVERSATION_ID: 'off' });
    const id = await sharedConversation(callers);
    const share = await storeShare(callers, id);
    expect(await openShare(url, id)).toMatchObject({ status: 404, text: notFound });
    expect((await openShare(url, share)).status).toBe(200);
    const removed = await revokeShare(url, id);
    expect(removed.status).toBe(200);
    expect((await openShare(url, share)).status).toBe(404);
  });
});

describe('who said what in a share', () => {
  it('is kept with it, and the model', async () => {
    const body = { human_name: 'Anna', ai_name: 'Bert', prompt: 'A play.' };
    const { text: id } = await caller.postJson('createRolePlay', body);
    await caller.chat(id, 'Hello');
    const shared = await service.app
      .get(SharingService, { strict: false })
      .get(await storeShare(caller, id));
    expect(shared).toMatchObject({
      ...{ kind: 'roleplay', model: 'gpt-6-luna', title: 'Hello', prompt: '' },
      turns: [
        { role: 'user', name: 'Anna', text: 'Hello' },
        { role: 'assistant', name: 'Bert' },
      ],
    });
  });
});
