import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

interface Operation {
  method: string;
  pathName: string;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** An action of Swagger UI. */
type Execute<Request> = (request: Request) => Promise<void>;

/** What the page's plugin for streams is asked for here. */
interface StreamsPlugin {
  wrapComponents: {
    execute(original: null): (props: { method: string; path: string }) => { children: unknown[] };
  };
  statePlugins: {
    spec: {
      wrapActions: {
        executeRequest(
          original: Execute<Operation & { userFetch: (url: string) => Promise<Response> }>,
        ): Execute<Operation>;
      };
    };
  };
}

/** As much of React as draws once. */
const React = {
  useSyncExternalStore: (_watch: unknown, get: () => unknown) => get(),
  useRef: () => ({}),
  useEffect: () => undefined,
  createElement: (_type: unknown, _props: unknown, ...children: unknown[]) => ({ children }),
};

/** Runs the page's script. @returns its plugin for streams */
function load(fetch: () => Promise<Response>): StreamsPlugin {
  const plugins: ((system: object) => StreamsPlugin)[] = [];
  runInNewContext(readFileSync('src/api/docs/page/docs.js', 'utf8'), {
    SwaggerUIBundle: (options: { plugins: typeof plugins }) => plugins.push(...options.plugins),
    document: {
      currentScript: { src: 'http://localhost/docs/docs.js' },
      documentElement: { classList: { toggle: () => false } },
    },
    matchMedia: () => new EventTarget(),
    fetch,
    URL,
    Response,
    TextDecoder,
    TransformStream,
  });
  return plugins[0]!({ React });
}

describe('a stream on the page of the documentation', () => {
  it.each<[string, (source: ReadableStreamDefaultController, body: Reader) => unknown]>([
    [
      'it is complete',
      (source) => {
        source.close();
      },
    ],
    [
      'it breaks off',
      (source) => {
        source.error(new Error('broken off'));
      },
    ],
    ['nobody reads on', (_source, body) => body.cancel()],
  ])('is shown as it comes, until %s', async (_title, end) => {
    let source: ReadableStreamDefaultController | undefined;
    const stream = new ReadableStream({
      start: (controller) => {
        source = controller;
      },
    });
    const headers = { 'content-type': 'text/event-stream' };
    const plugin = load(() => Promise.resolve(new Response(stream, { headers })));
    const drawn = plugin.wrapComponents.execute(null);
    const shown = () => drawn({ method: 'post', path: '/chatgpt/chat' }).children[1];
    let meanwhile: unknown;
    const execute = plugin.statePlugins.spec.wrapActions.executeRequest(async ({ userFetch }) => {
      const body = (await userFetch('http://localhost/chatgpt/chat')).body!.getReader();
      source!.enqueue(Buffer.from('data: one'));
      await body.read();
      meanwhile = shown();
      await end(source!, body);
      await body.read();
    });
    await Promise.allSettled([execute({ method: 'post', pathName: '/chatgpt/chat' })]);
    expect(meanwhile).toEqual({ children: ['data: one'] });
    expect(shown()).toBeNull();
  });
});
