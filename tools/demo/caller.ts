import { createParser } from 'eventsource-parser';

/** One request of the demo. */
export interface Request {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What came back. */
export interface Reply {
  status: number;
  headers: Headers;
  /** The body; of a stream, the text of its pieces. */
  text: string;
  /** Whether a stream ended with its end mark. */
  complete: boolean;
}

/** Sends requests and shows each as a curl line with its answer, streams as they arrive. */
export class Caller {
  constructor(
    readonly url: string,
    private readonly print: (text: string) => void,
  ) {}

  async send(request: Request): Promise<Reply> {
    this.print(`\n$ ${curlLine(this.url, request)}\n`);
    const { method, path, headers = {}, body } = request;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const streamed = response.headers.get('content-type')?.startsWith('text/event-stream');
    const { text, complete } = streamed
      ? await this.showStream(response)
      : await this.show(response);
    this.print('\n');
    return { status: response.status, headers: response.headers, text, complete };
  }

  private async show(response: Response): Promise<{ text: string; complete: boolean }> {
    const text = await response.text();
    const share = response.headers.get('share');
    if (share !== null) this.print(`share: ${share}\n`);
    this.print(response.ok ? text : `${response.status} ${text}`);
    return { text, complete: true };
  }

  private async showStream(response: Response): Promise<{ text: string; complete: boolean }> {
    let text = '';
    let complete = false;
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (data === '[DONE]') complete = true;
        else if (event === undefined) text += data;
      },
    });
    const decoder = new TextDecoder();
    const body: AsyncIterable<Uint8Array> | null = response.body;
    if (!body) throw new Error('A stream without a body');
    for await (const bytes of body) {
      const frames = decoder.decode(bytes, { stream: true });
      this.print(frames);
      parser.feed(frames);
    }
    return { text, complete };
  }
}

/** The request as a person would type it. */
function curlLine(url: string, { method, path, headers = {}, body }: Request): string {
  const words = ['curl', '-sS'];
  if (headers['accept'] === 'text/event-stream') words.push('-N');
  if (method === 'POST' && body === undefined) words.push('-X POST');
  words.push(`${url}${path}`);
  for (const [name, value] of Object.entries(headers))
    words.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) words.push(`--data-binary ${quoted(body)}`);
  return words.join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
