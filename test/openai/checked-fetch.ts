import { createParser } from 'eventsource-parser';
import { documentFaultsOf, takenFaultsOf } from './document-schema.js';
import { faultsOf } from './openai-schema.js';

/** Which schema answers of a path have: plain, and the events of its stream. */
const schemas: [method: string, path: RegExp, plain: string | null, event?: string][] = [
  [
    'POST',
    /^\/chat\/completions$/,
    'CreateChatCompletionResponse',
    'CreateChatCompletionStreamResponse',
  ],
  ['POST', /^\/completions$/, 'CreateCompletionResponse'],
  ['POST', /^\/embeddings$/, null],
  ['GET', /^\/models$/, 'ListModelsResponse'],
  ['GET', /^\/models\/.+$/, 'Model'],
  ['POST', /^\/conversations$/, 'ConversationResource'],
  ['GET', /^\/conversations$/, null],
  ['GET', /^\/conversations\/[^/]+$/, 'ConversationResource'],
  ['POST', /^\/conversations\/[^/]+$/, 'ConversationResource'],
  ['DELETE', /^\/conversations\/[^/]+$/, 'DeletedConversationResource'],
  ['POST', /^\/conversations\/[^/]+\/(fork|rollback)$/, 'ConversationResource'],
  ['POST', /^\/conversations\/[^/]+\/regenerate$/, 'Response', 'ResponseStreamEvent'],
  ['POST', /^\/conversations\/[^/]+\/items$/, 'ConversationItemList'],
  ['GET', /^\/conversations\/[^/]+\/items$/, 'ConversationItemList'],
  ['GET', /^\/conversations\/[^/]+\/items\/[^/]+$/, 'ConversationItem'],
  ['DELETE', /^\/conversations\/[^/]+\/items\/[^/]+$/, 'ConversationResource'],
  ['POST', /^\/responses$/, 'Response', 'ResponseStreamEvent'],
  ['POST', /^\/responses\/input_tokens$/, 'TokenCountsResource'],
  // What users said is no output by the client's types.
  ['POST', /^\/responses\/compact$/, null],
  ['POST', /^\/responses\/[^/]+\/cancel$/, 'Response'],
  ['GET', /^\/responses\/[^/]+\/input_items$/, 'ResponseItemList'],
  ['GET', /^\/responses\/[^/]+$/, 'Response', 'ResponseStreamEvent'],
  ['DELETE', /^\/responses\/[^/]+$/, null],
];

/** Events of a model service that the installed client's types do not know yet. */
const newerEvents = new Set(['response.compaction.compacting']);

/** An answer that has been read to its end. */
interface Seen {
  status: number;
  headers: Headers;
  text: string;
}

/**
 * A `fetch` that compares every answer and every event with OpenAI's schema as it passes, and with our
 * own document, as well as every body that is taken.
 */
export class CheckedFetch {
  /** What was wrong so far. */
  readonly faults: string[] = [];
  /** How many calls were sent, the client's own retries among them. */
  sent = 0;
  /** Hands answers to the client in pieces of so many bytes, wherever that cuts them. */
  sliceBytes: number | null = null;

  readonly fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    this.sent += 1;
    const { body, status, headers: sent } = await fetch(input, init);
    const headers = new Headers(sent);
    // Else the client waits for half a second and more before it sends again.
    if (status >= 500 && !headers.has('retry-after')) headers.set('retry-after-ms', '1');
    if (!body) return new Response(null, { status, headers });
    const { pathname } = new URL(input instanceof Request ? input.url : input);
    let text = '';
    const decoder = new TextDecoder();
    const seen = new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => {
        text += decoder.decode(bytes, { stream: true });
        for (const slice of this.cut(bytes)) controller.enqueue(slice);
      },
      flush: () => {
        this.check(init?.method ?? 'GET', pathname, { status, headers, text });
        if (status < 400 && typeof init?.body === 'string') {
          const name = pathname.replace(/^\/v1/, '');
          this.faults.push(...takenFaultsOf(name, JSON.parse(init.body)));
        }
      },
    });
    return new Response(body.pipeThrough(seen), { status, headers });
  };

  private cut(bytes: Uint8Array): Uint8Array[] {
    const size = this.sliceBytes ?? bytes.length;
    const count = Math.ceil(bytes.length / size);
    return Array.from({ length: count }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
  }

  /** @throws unless every answer since the last look was as promised */
  expectNoFaults(): void {
    expect(this.faults.splice(0)).toEqual([]);
  }

  private check(method: string, path: string, { status, headers, text: body }: Seen): void {
    const name = path.replace(/^\/v1/, '');
    if (headers.get('x-request-id') === null) this.faults.push(`${name}: no x-request-id`);
    if (status >= 400) {
      this.faults.push(...faultsOf('ErrorResponse', JSON.parse(body)));
      return;
    }
    const found = schemas.find(([verb, pattern]) => verb === method && pattern.test(name));
    if (!found) throw new Error(`No schema is known for ${method} ${name}`);
    const [, , plain, event] = found;
    if (headers.get('content-type')?.startsWith('text/event-stream')) {
      for (const data of eventsOf(body)) {
        const { type } = data as { type?: string };
        if (event && !newerEvents.has(type ?? '')) this.faults.push(...faultsOf(event, data));
        const { response } = data as { response?: unknown };
        if (response) this.faults.push(...documentFaultsOf('Response', response));
      }
    } else if (plain) {
      const answer: unknown = JSON.parse(body);
      this.faults.push(...faultsOf(plain, answer), ...documentFaultsOf(plain, answer));
    }
  }
}

/** Errors in a stream have no schema of their own there. */
function eventsOf(body: string): unknown[] {
  const events: unknown[] = [];
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data === '[DONE]') return;
      const value = JSON.parse(data) as { error?: unknown };
      if (!value.error) events.push(value);
    },
  });
  parser.feed(body);
  return events;
}
