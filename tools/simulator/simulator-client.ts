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
  const question = questionAt(path);
  return fetch(`${simulator.baseUrl}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-6-luna', ...question, ...body }),
    signal: signal ?? null,
  });
}

function questionAt(path: string): Record<string, unknown> {
  if (path === '/completions') return { prompt: 'Good morning' };
  if (path.startsWith('/responses')) return { input: 'Good morning' };
  return { messages: [{ role: 'user', content: 'Good morning' }] };
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

/** An event of a response's stream, or a response, as far as the specs look at it. */
export interface ResponseEvent {
  type: string;
  sequence_number: number;
  delta?: string;
  item?: Record<string, unknown>;
  response?: ResponseBody;
}

export interface ResponseBody {
  id: string;
  status: string;
  output: Record<string, unknown>[];
  input_transformations?: unknown[];
}

/** The boundary where a response becomes typed. */
export async function responseIn(answer: Response): Promise<ResponseBody> {
  return (await answer.json()) as ResponseBody;
}

/** The events of a response's stream, each under its own name. @throws Error for one under another name. */
export function responseEventsOf(stream: string): ResponseEvent[] {
  const frames = stream.split(/(?:\r?\n){2}/).filter((frame) => frame.startsWith('event: '));
  return frames.map((frame) => {
    const [, name, payload = ''] = /^event: (\S+)\r?\ndata: (.*)$/.exec(frame) ?? [];
    const event = JSON.parse(payload) as ResponseEvent;
    if (event.type !== name) throw new Error(`An event ${event.type} is called ${name}`);
    return event;
  });
}
