import { createParser } from 'eventsource-parser';
import { token } from './service.js';

/** What a call brought back, its body as text. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** A caller of the `/chatgpt` API, with the header `token` of simple auth unless other headers say otherwise. */
export class Caller {
  constructor(
    readonly url: string,
    private readonly credentials: Record<string, string> = { token },
  ) {}

  /** POST /chatgpt/`path` with a text body. */
  async post(path: string, body = '', headers: Record<string, string> = {}): Promise<Answer> {
    return read(await this.open(path, body, headers));
  }

  /** The same with an object as JSON. */
  postJson(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.post(path, JSON.stringify(body), {
      'content-type': 'application/json',
      ...headers,
    });
  }

  /** POST whose answer is read by the test itself. */
  open(
    path: string,
    body: string | Uint8Array = '',
    headers: Record<string, string> = {},
    signal?: AbortSignal,
  ): Promise<Response> {
    return fetch(`${this.url}/chatgpt/${path}`, {
      method: 'POST',
      headers: { ...this.credentials, ...headers },
      body,
      ...(signal ? { signal } : {}),
    });
  }

  /** GET of any path, without credentials. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return read(await fetch(`${this.url}${path}`, { headers }));
  }

  /** A new turbo conversation's id. */
  async create(body = '', headers: Record<string, string> = {}): Promise<string> {
    const { status, text } = await this.post('createTurbo', body, headers);
    if (status !== 200) throw new Error(`createTurbo answered ${status}: ${text}`);
    return text;
  }

  chat(id: string, question: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.post('chat', question, { conversation: id, ...headers });
  }

  /** The sentences as last committed. */
  async sentences(id: string): Promise<unknown> {
    return JSON.parse((await this.post('contextArray', '', { conversation: id })).text);
  }
}

/** What a conforming event-stream reader makes of a body. */
export interface ReadStream {
  /** The texts of the pieces, in order. */
  pieces: string[];
  /** All pieces together. */
  text: string;
  /** Whether the end mark came. */
  done: boolean;
  /** The sentence of the error event, if one came. */
  error: string | null;
}

/** Reads a whole event stream with a standard parser. */
export function readEventStream(body: string): ReadStream {
  const pieces: string[] = [];
  let done = false;
  let error: string | null = null;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (event === 'error') error = data;
      else if (data === '[DONE]') done = true;
      else pieces.push(data);
    },
  });
  parser.feed(body);
  return { pieces, text: pieces.join(''), done, error };
}

async function read(response: Response): Promise<Answer> {
  return { status: response.status, headers: response.headers, text: await response.text() };
}
