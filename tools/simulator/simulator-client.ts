import type { Simulator } from './simulator.js';

/** What a test asks for; a body of a chat completion unless `path` says otherwise. */
export interface AskOptions {
  path?: string;
  key?: string;
  signal?: AbortSignal;
}

/** The specs' caller: plain fetch with a key and a question filled in. */
export function ask(
  simulator: Simulator,
  body: Record<string, unknown> = {},
  { path = '/chat/completions', key = 'sk-test', signal }: AskOptions = {},
): Promise<Response> {
  const question =
    path === '/completions'
      ? { prompt: 'Good morning' }
      : { messages: [{ role: 'user', content: 'Good morning' }] };
  return fetch(`${simulator.baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-6-luna', ...question, ...body }),
    signal: signal ?? null,
  });
}

/** A GET with a key. */
export function look(simulator: Simulator, path: string): Promise<Response> {
  return fetch(`${simulator.baseUrl}${path}`, { headers: { authorization: 'Bearer sk-test' } });
}

/** The payloads of the `data:` lines. */
export function payloadsOf(stream: string): string[] {
  return stream
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data: '))
    .map((line) => line.slice('data: '.length));
}

/** Any answer of the two completion APIs, as far as the specs look at it. */
export interface Completion {
  id: string;
  object: string;
  choices: Choice[];
  usage?: unknown;
}

interface Choice {
  text?: string;
  message?: { content: string };
  delta?: { content?: string };
  finish_reason: string | null;
}

/** The boundary where an answer becomes typed; the specs then look at its fields one by one. */
export function completionIn(json: string): Completion {
  return JSON.parse(json) as Completion;
}

/** The chunks of a stream that are all well formed, without [DONE]. */
export function chunksOf(stream: string): Completion[] {
  const payloads = payloadsOf(stream).filter((payload) => payload !== '[DONE]');
  return payloads.map((payload) => completionIn(payload));
}

/** The pieces of a stream whose chunks are all well formed. */
export function piecesOf(stream: string): string[] {
  return chunksOf(stream)
    .map(({ choices: [choice] }) => choice?.text ?? choice?.delta?.content ?? '')
    .filter((piece) => piece !== '');
}

/** The text of a plain chat completion. */
export async function plainTextOf(response: Response): Promise<string | undefined> {
  return completionIn(await response.text()).choices[0]?.message?.content;
}
