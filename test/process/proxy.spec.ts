import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller, readEventStream } from '../support/caller.js';
import { AliceProcess, removeFolder, workFolder, type StartOptions } from './alice-process.js';
import { startForwardProxy, type ForwardProxy } from './forward-proxy.js';

let simulator: Simulator;
let proxy: ForwardProxy;
let folder: string;
let alice: AliceProcess;

beforeEach(async () => {
  simulator = await startSimulator();
  proxy = await startForwardProxy();
  folder = workFolder();
});
afterEach(async () => {
  await alice.stop('SIGKILL');
  await proxy.close();
  await simulator.close();
  removeFolder(folder);
});

describe('calls to the upstream', () => {
  it.each<[string, () => Omit<StartOptions, 'folder'>]>([
    ['PROXY_URL', () => ({ variables: { PROXY_URL: proxy.url } })],
    ['-proxy', () => ({ flags: ['-proxy', proxy.url] })],
  ])('go through the proxy of %s, plain and streamed', async (_, options) => {
    const { variables, ...rest } = options();
    alice = new AliceProcess({
      folder,
      variables: { OPENAI_BASE_URL: simulator.baseUrl, ...variables },
      ...rest,
    });
    const caller = new Caller(await alice.url());
    const id = await caller.create();
    expect(await caller.chat(id, 'hello')).toMatchObject({ status: 200, text: 'You said: hello' });
    const { text } = await caller.chat(id, 'again', { accept: 'text/event-stream' });
    expect(readEventStream(text)).toMatchObject({ text: 'You said: again', done: true });
    expect(proxy.hosts.length).toBeGreaterThanOrEqual(1);
    expect(new Set(proxy.hosts)).toEqual(new Set([new URL(simulator.baseUrl).host]));
    // Proxies allow CONNECT for https alone, as a rule.
    expect(proxy.tunnels).toEqual([]);
  });

  it('go past it without one, whatever the environment of other programs says', async () => {
    const variables = { OPENAI_BASE_URL: simulator.baseUrl, HTTP_PROXY: proxy.url };
    alice = new AliceProcess({ folder, variables: { ...variables, http_proxy: proxy.url } });
    const caller = new Caller(await alice.url());
    expect(await caller.post('quickAnswer', '{"question":"hello"}')).toMatchObject({ status: 200 });
    expect(proxy.hosts).toEqual([]);
  });
});

describe('an upstream by https', () => {
  it('is asked through a tunnel', async () => {
    const variables = { OPENAI_BASE_URL: simulator.baseUrl.replace('http:', 'https:') };
    alice = new AliceProcess({ folder, variables: { ...variables, PROXY_URL: proxy.url } });
    const caller = new Caller(await alice.url());
    expect((await caller.post('quickAnswer', '{"question":"hello"}')).status).toBe(502);
    expect(new Set(proxy.tunnels)).toEqual(new Set([new URL(simulator.baseUrl).host]));
  });
});

describe("a query of the upstream's address", () => {
  it('goes with every call', async () => {
    const variables = { OPENAI_BASE_URL: `${simulator.baseUrl}/?api-version=1` };
    alice = new AliceProcess({ folder, variables: { ...variables, PROXY_URL: proxy.url } });
    const caller = new Caller(await alice.url());
    const answer = await caller.post('quickAnswer', '{"question":"hello"}');
    expect(answer).toMatchObject({ status: 200 });
    expect(new Set(proxy.paths)).toEqual(
      new Set(['/v1/models?api-version=1', '/v1/chat/completions?api-version=1']),
    );
  });
});

describe("the openai client's own variables", () => {
  it('change nothing', async () => {
    const variables = {
      OPENAI_BASE_URL: simulator.baseUrl,
      OPENAI_ORG_ID: 'org-of-the-environment',
      OPENAI_PROJECT_ID: 'proj-of-the-environment',
      OPENAI_CUSTOM_HEADERS: 'x-custom: of-the-environment',
      OPENAI_LOG: 'debug',
    };
    alice = new AliceProcess({ folder, variables });
    const caller = new Caller(await alice.url());
    await caller.post('quickAnswer', '{"question":"hello"}');
    const asked = simulator.calls.find(({ path }) => path.endsWith('completions'));
    expect(asked).toBeDefined();
    expect(JSON.stringify(asked?.headers)).not.toContain('of-the-environment');
    expect(alice.output).not.toContain('hello');
    expect(alice.output).not.toContain('sk-test');
  });
});
