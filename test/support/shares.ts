import type { ListedShareDto } from '../../src/api/chatgpt/dto/share.dto.js';
import { Caller, type Answer } from './caller.js';
import { token } from './service.js';

/** A turbo conversation with one turn, of `Q1`. */
export async function sharedConversation(caller: Caller): Promise<string> {
  const id = await caller.create('A secret prompt.');
  await caller.chat(id, 'Q1');
  return id;
}

/** Shares a conversation. @returns the share's own id */
export async function storeShare(caller: Caller, id: string, body?: object): Promise<string> {
  const text = body ? JSON.stringify(body) : '';
  const answer = await caller.post('store', text, { conversation: id });
  if (answer.status !== 200) throw new Error(`store answered ${answer.status}: ${answer.text}`);
  return answer.headers.get('share') ?? '';
}

/** How a share is shown to someone without a token. */
export function openShare(
  url: string,
  id: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Caller(url, {}).get(`/chatgpt/share/${id}`, headers);
}

/** What takes a share back, or all of a conversation. */
export async function revokeShare(url: string, id: string): Promise<Answer> {
  const answer = await fetch(`${url}/chatgpt/share/${id}`, {
    method: 'DELETE',
    headers: { token },
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}

/** @param search the query, from its `?` on */
export async function listShares(
  url: string,
  search = '',
): Promise<{ data: ListedShareDto[]; has_more: boolean }> {
  const { status, text } = await new Caller(url).get(`/chatgpt/share${search}`, { token });
  if (status !== 200) throw new Error(`The list answered ${status}: ${text}`);
  return JSON.parse(text) as { data: ListedShareDto[]; has_more: boolean };
}

/** A call of the `/v1` API about a conversation. */
export async function callConversation(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<Answer> {
  const answer = await fetch(`${url}/v1/conversations${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, headers: answer.headers, text: await answer.text() };
}
