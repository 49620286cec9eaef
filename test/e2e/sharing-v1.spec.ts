import { callConversation, listShares, openShare } from '../support/shares.js';
import { query } from '../support/stored.js';
import { useService } from '../support/use-service.js';
import { withService } from '../support/with-service.js';

const { service } = useService({ V1_LIST: 'true' });

describe('POST /v1/conversations/{id}/share', () => {
  /** A conversation with instructions, a call of a function and a thought. */
  async function conversationOfItems(url = service.url): Promise<string> {
    const items = [
      { type: 'message', role: 'developer', content: 'Never mention ACME.' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'The weather?' }] },
      { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{"of":"ACME"}' },
      { type: 'function_call_output', call_id: 'c1', output: 'ACME is sunny' },
      { type: 'message', role: 'assistant', content: 'Sunny.' },
    ];
    const answer = await callConversation(url, 'POST', '', { items });
    expect(answer.status).toBe(200);
    return (JSON.parse(answer.text) as { id: string }).id;
  }

  it('shares what was said, and tells all there is to know of the share', async () => {
    const id = await conversationOfItems();
    const body = { title: 'Mine', expires_in_days: 2, password: 'secret12', show_prompt: null };
    const answer = await callConversation(service.url, 'POST', `/${id}/share`, body);
    expect(answer.status).toBe(200);
    const share = JSON.parse(answer.text) as { id: string; created_at: number };
    expect(share).toEqual({
      ...{ id: share.id, object: 'conversation.share', url: `/chatgpt/share/${share.id}` },
      ...{ title: 'Mine', has_password: true, created_at: share.created_at },
      expires_at: share.created_at + 2 * 86_400,
    });
    const shown = await openShare(service.url, share.id, { 'share-password': 'secret12' });
    expect(JSON.parse(shown.text)).toEqual({
      ...{ Id: share.id, Prompt: '', SentenceList: ['The weather?', 'Sunny.'] },
    });
    expect((await listShares(service.url)).data[0]).toMatchObject({ id: share.id, kind: 'v1' });
    const rows = query(service.databaseFile, 'SELECT * FROM shares WHERE id = ?', share.id);
    expect(JSON.stringify(rows)).not.toContain('ACME');
  });

  it('takes no body at all, and makes a title of the first question', async () => {
    const id = await conversationOfItems();
    const answer = await callConversation(service.url, 'POST', `/${id}/share`);
    expect(JSON.parse(answer.text)).toMatchObject({ title: 'The weather?', has_password: false });
  });

  it.each([
    [{ name: 'x' }, 'name', "Unknown parameter: 'name'."],
    [{ title: '' }, 'title', 'title must be one line of 1 to 200 characters'],
    [{ title: 5 }, 'title', 'title must be a string'],
    [{ password: 'short' }, 'password', expect.stringMatching(/^password must be 8 to 128/)],
    [{ expires_in_days: 0 }, 'expires_in_days', 'expires_in_days must be from 1 to 3650'],
    [
      { expires_in_days: 366 },
      'expires_in_days',
      'expires_in_days must be a whole number from 1 to 365',
    ],
    [{ show_prompt: 1 }, 'show_prompt', 'show_prompt must be true or false'],
    [{ show_prompt: true }, null, expect.stringMatching(/^show_prompt must not be true/)],
  ])('refuses %j', async (body, param, message: unknown) => {
    const id = await conversationOfItems();
    const answer = await callConversation(service.url, 'POST', `/${id}/share`, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { param, message } });
    expect(await sharesOf(id)).toEqual([]);
  });

  it('is of a conversation that is there', async () => {
    const answer = await callConversation(service.url, 'POST', '/conv_none/share', {});
    expect(answer.status).toBe(404);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'not_found' } });
  });

  it('shows what the model was told only where the prompt may be shown', async () => {
    await withService({ SHARE_PROMPT: 'true' }, async ({ url, databaseFile }) => {
      const id = await conversationOfItems(url);
      await callConversation(url, 'POST', `/${id}/share`, {});
      await callConversation(url, 'POST', `/${id}/share`, { show_prompt: false });
      const rows = query<{ content: string }>(
        databaseFile,
        'SELECT content FROM shares ORDER BY sequence',
      );
      expect(rows.map(({ content }) => content.includes('Never mention'))).toEqual([true, false]);
    });
  });

  it('lists the shares of a conversation, also of one that is gone', async () => {
    const [id, other] = [await conversationOfItems(), await conversationOfItems()];
    const first = JSON.parse(
      (await callConversation(service.url, 'POST', `/${id}/share`)).text,
    ) as { id: string };
    const second = JSON.parse(
      (await callConversation(service.url, 'POST', `/${id}/share`)).text,
    ) as { id: string };
    await callConversation(service.url, 'POST', `/${other}/share`);
    expect(await sharesOf(id)).toEqual([second.id, first.id]);
    expect(await sharesOf(id, `?limit=1&after=${second.id}`)).toEqual([first.id]);
    expect((await callConversation(service.url, 'DELETE', `/${id}`)).status).toBe(200);
    expect(await sharesOf(id)).toEqual([second.id, first.id]);
  });

  it('is undone together with the conversation when that is wanted', async () => {
    const id = await conversationOfItems();
    const { id: share } = JSON.parse(
      (await callConversation(service.url, 'POST', `/${id}/share`)).text,
    ) as { id: string };
    expect((await callConversation(service.url, 'DELETE', `/${id}?shares=some`)).status).toBe(400);
    expect((await openShare(service.url, share)).status).toBe(200);
    expect((await callConversation(service.url, 'DELETE', `/${id}?shares=delete`)).status).toBe(
      200,
    );
    expect((await openShare(service.url, share)).status).toBe(404);
  });

  async function sharesOf(id: string, search = ''): Promise<string[]> {
    const { text } = await callConversation(service.url, 'GET', `/${id}/shares${search}`);
    return (JSON.parse(text) as { data: { id: string }[] }).data.map((share) => share.id);
  }
});
