import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { Caller } from '../support/caller.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import { AliceProcess, removeFolder, workFolder } from './alice-process.js';

// In processes of their own: within jest the official client does not know Node's errors as errors.

let simulator: Simulator;
const folder = workFolder();
let alice: AliceProcess;

beforeAll(async () => {
  simulator = await startSimulator();
  alice = start(simulator.baseUrl);
});
afterEach(() => {
  simulator.reset();
});
afterAll(async () => {
  await alice.stop('SIGKILL');
  await simulator.close();
  removeFolder(folder);
});

function start(address: string): AliceProcess {
  return new AliceProcess({ folder, variables: { OPENAI_BASE_URL: address } });
}

async function withAddress(
  address: string,
  test: (failure: Failure, log: string) => void,
): Promise<void> {
  const started = start(address);
  try {
    await until('the look at the start is over', () => started.output.includes('"upstream.not_c'));
    test(await ask(started), started.output);
  } finally {
    await started.stop('SIGKILL');
  }
}

/** What everybody who could find the reason is told of a call that failed. */
interface Failure {
  /** Of the log, the lines about the upstream. */
  log: Record<string, unknown>[];
  caller: string;
  /** Of the official client. */
  v1: { status: number; code: string | null };
  readiness: string | undefined;
}

/** Asks twice, by both APIs. */
async function ask(service: AliceProcess): Promise<Failure> {
  const url = await service.url();
  const before = service.output.length;
  const caller = new Caller(url);
  const { status, text } = await caller.post('quickAnswer', '{"question":"Anyone there?"}');
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: JSON.stringify({ model: 'gpt-6-luna', messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  const { error } = (await answer.json()) as { error: { code: string | null } };
  return {
    log: service.output
      .slice(before)
      .split('\n')
      .filter((line) => line.includes('"event":"upstream.'))
      .map((line) => JSON.parse(line) as Record<string, unknown>),
    caller: `${status} ${text}`,
    v1: { status: answer.status, code: error.code },
    readiness: await readinessOf(caller),
  };
}

/** What the part about the upstream says; the readiness itself does not depend on it. */
async function readinessOf(caller: Caller): Promise<string | undefined> {
  const ready = await caller.get('/health/ready');
  expect(ready.status).toBe(200);
  const { parts } = JSON.parse(ready.text) as { parts: { upstream: { message?: string } } };
  return parts.upstream.message;
}

function behaving(behaviour: Behaviour): Promise<Failure> {
  simulator.behave(behaviour);
  return ask(alice);
}

const unreachable =
  'The model service cannot be reached. If that lasts, the operator must check OPENAI_BASE_URL, PROXY_URL and the network.';
const notTheApi =
  'What answers at the address of the model service does not know this call. The operator must check OPENAI_BASE_URL, which mostly ends with /v1.';
const modelMissing =
  'The model service does not know the model "gpt-6-luna". The operator must check TEXT_MODEL, FAST_MODEL and STRONG_MODEL.';

describe('a first call that fails says why', () => {
  it.each<[cause: string, address: string, code: RegExp]>([
    ['nobody listens there', 'http://127.0.0.1:1/v1', /^ECONNREFUSED 127\.0\.0\.1:1$/],
    ['nobody listens on any address of the name', 'http://localhost:1/v1', /^ECONNREFUSED .*:1$/],
    ['no such name', 'http://model.invalid/v1', /^(ENOTFOUND|EAI_AGAIN) model\.invalid$/],
  ])('%s', async (_cause, address, code) => {
    await withAddress(address, (failure, log) => {
      expect(failure.caller).toBe(`502 ${unreachable}`);
      expect(failure.v1).toEqual({ status: 502, code: 'unreachable' });
      expect(failure.readiness).toBe(unreachable);
      const cause = expect.stringMatching(code) as string;
      const line = { event: 'upstream.failed', error: 'upstream.unreachable', cause };
      expect(failure.log).toMatchObject([line, line]);
      expect(log).toContain('"event":"upstream.not_checked","error":"upstream.unreachable"');
    });
  });

  it('TLS is not spoken there', async () => {
    await withAddress(simulator.baseUrl.replace('http:', 'https:'), (failure) => {
      expect(failure.caller).toBe(`502 ${unreachable}`);
      expect(failure.log[0]).toMatchObject({
        cause: expect.stringMatching(/SSL|EPROTO/) as string,
      });
    });
  });

  it('/v1 is missing in the address', async () => {
    await withAddress(simulator.baseUrl.replace(/\/v1$/, ''), (failure) => {
      expect(failure.caller).toBe(`502 ${notTheApi}`);
      expect(failure.readiness).toBe(notTheApi);
      expect(failure.log[0]).toMatchObject({ error: 'upstream.not_the_api', status: 404 });
    });
  });

  it.each<[what: string, behaviour: Behaviour]>([
    ['a page', { rawBody: '<!doctype html><p>Sign in', contentType: 'text/html' }],
    ['a page that is not found', { status: 404, rawBody: '<p>404', contentType: 'text/html' }],
    ['another address', { status: 302, headers: { location: 'http://portal.invalid/' } }],
  ])('%s is what answers', async (_what, behaviour) => {
    const failure = await behaving(behaviour);
    expect(failure.caller).toBe(`502 ${notTheApi}`);
    expect(failure.v1).toEqual({ status: 502, code: 'not_the_api' });
    expect(failure.log[0]).toMatchObject({
      event: 'upstream.failed',
      error: 'upstream.not_the_api',
    });
  });

  it.each<[who: string, behaviour: Behaviour]>([
    [
      'Ollama',
      {
        status: 404,
        error: { message: 'model "gpt-6-luna" not found, try pulling it first', type: 'api_error' },
      },
    ],
    [
      'OpenAI',
      {
        status: 404,
        error: { message: 'The model `gpt-6-luna` does not exist', code: 'model_not_found' },
      },
    ],
  ])('%s does not have the model', async (_who, behaviour) => {
    const failure = await behaving(behaviour);
    expect(failure.caller).toBe(`502 ${modelMissing}`);
    expect(failure.v1).toEqual({ status: 404, code: 'model_not_found' });
    expect(JSON.stringify(failure.log)).toContain('404');
  });

  it('is forgotten by the readiness once a call is served', async () => {
    const caller = new Caller(await alice.url());
    await behaving({ status: 500 });
    await until('it is told of', async () => Boolean(await readinessOf(caller)));
    simulator.reset();
    expect((await caller.post('quickAnswer', '{"question":"Now?"}')).status).toBe(200);
    await until('it is forgotten', async () => (await readinessOf(caller)) === undefined);
  });
});
