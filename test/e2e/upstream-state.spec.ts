import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { ModelCatalogService } from '../../src/upstreams/model-catalog.service.js';
import { conversationWithOneTurn } from '../support/conversation-check.js';
import { startRawUpstream } from '../support/raw-upstream.js';
import { token } from '../support/service.js';
import { setUpstreamLimits } from '../support/upstream-limits.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const shortMs = '1500';
const failed = 'The model service failed, please try again';
const tooSlow = 'The model service took too long, please try again';
const notTheApi = expect.stringContaining('OPENAI_BASE_URL') as string;
const page: Behaviour = { rawBody: '<p>Sign in', contentType: 'text/html' };
const noList: Behaviour = { status: 404, error: { message: 'Not found', code: null } };
const question = '{"question":"hello"}';
const { service, caller } = useService({ OPENAI_API_KEYS: 'sk-a,sk-b,sk-c,sk-d' });

beforeEach(async () => {
  setUpstreamLimits(service, {});
  // Long after whatever the last test did to the keys, and to the list of models.
  service.clock.advance(1_000_000);
  for (let call = 0; call < 4; call += 1) await caller.post('quickAnswer', question);
  service.simulator.reset();
});

/** What the readiness says of the upstream; undefined while it is up. */
async function readiness(of = { service, caller }): Promise<string | undefined> {
  of.service.clock.advance(1_000);
  const { status, text } = await of.caller.get('/health/ready');
  expect(status).toBe(200);
  return (JSON.parse(text) as { parts: { upstream: { message?: string } } }).parts.upstream.message;
}

async function v1(path: string, body?: object): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${service.url}/v1/${path}`, {
    headers: { authorization: `Bearer ${token}` },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  return { status: answer.status, body: await answer.json() };
}

describe('the readiness', () => {
  it('says that the upstream is too slow, until a call is served', async () => {
    setUpstreamLimits(service, { UPSTREAM_PLAIN_TIMEOUT_MS: shortMs });
    service.simulator.behave({ neverAnswer: true });
    expect(await caller.post('quickAnswer', question)).toMatchObject({ status: 504 });
    expect(await readiness()).toBe(tooSlow);
    service.simulator.reset();
    expect(await caller.post('quickAnswer', question)).toMatchObject({ status: 200 });
    expect(await readiness()).toBeUndefined();
  });

  it('says that it went silent within an answer', async () => {
    setUpstreamLimits(service, { UPSTREAM_IDLE_TIMEOUT_MS: shortMs });
    service.simulator.behave({ answer: ['a', 'b'], stallAfterPieces: 1 });
    const { text } = await caller.post('quickAnswer', '{"question":"hello","stream":true}');
    expect(text).toContain(tooSlow);
    expect(await readiness()).toBe(tooSlow);
  });

  it('says that it went silent within a body', async () => {
    const upstream = await startRawUpstream((response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":[{"message":');
    });
    const variables = { UPSTREAM_IDLE_TIMEOUT_MS: shortMs, OPENAI_BASE_URL: upstream.baseUrl };
    const { service: silent, caller: itsCaller } = await start(variables);
    expect(await itsCaller.post('quickAnswer', question)).toMatchObject({ status: 504 });
    expect(await readiness({ service: silent, caller: itsCaller })).toBe(tooSlow);

    await upstream.close();
  });

  it('says nothing of a caller that left', async () => {
    const conversation = await conversationWithOneTurn(service, caller);
    service.simulator.behave({ neverAnswer: true });
    const leaving = new AbortController();
    const answer = caller.open('chat', 'hello', { conversation }, leaving.signal);
    await service.simulator.waitForCalls(1);
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await service.simulator.waitForOutcome(0, 'left');
    expect(await readiness()).toBeUndefined();
  });

  it.each<[string, Behaviour]>([
    ['404', noList],
    ['405', { status: 405 }],
    ['a page that is not found', { ...page, status: 404 }],
    ['a page', page],
    ['nothing', { rawBody: '' }],
  ])('says nothing of an upstream whose list of models is %s', async (_, list) => {
    service.simulator.behave(list, { path: '/models' });
    expect(await v1('models')).toMatchObject({ status: 200 });
    expect(service.simulator.totalCalls).toBe(1);
    expect(await readiness()).toBeUndefined();
  });

  it('says that it failed where the list of models did', async () => {
    service.simulator.behave({ status: 500 }, { path: '/models' });
    expect(await v1('models')).toMatchObject({ status: 200 });
    expect(await readiness()).toBe(failed);
  });

  it('goes by no page in the place of the list of models', async () => {
    service.simulator.behave(page);
    expect(await caller.post('quickAnswer', question)).toMatchObject({ status: 502 });
    expect(await v1('models')).toMatchObject({ status: 200 });
    expect(await readiness()).toEqual(notTheApi);
  });
});

describe('the list of models', () => {
  it('is asked for with another key only where one is refused', async () => {
    service.simulator.behave({ status: 500 }, { path: '/models' });
    await v1('models');
    expect(service.simulator.totalCalls).toBe(1);
    service.simulator.behave({ status: 401 }, { path: '/models' });
    await v1('models');
    expect(service.simulator.totalCalls).toBe(1 + 3);
  });
});

describe('the look at the upstream at start', () => {
  /** What --check fails with. */
  let problem: string | null;

  async function look(list: Behaviour): Promise<unknown> {
    service.simulator.behave(list, { path: '/models' });
    service.log.lines.length = 0;
    const catalog = service.app.get(ModelCatalogService);
    catalog.onApplicationBootstrap();
    problem = await catalog.checkedAtStart();
    const lines = service.log.lines.filter((line) => line.includes('"upstream.'));
    expect(lines).toHaveLength(1);
    return JSON.parse(/\{.*\}/.exec(lines[0]!)![0]);
  }

  it('says that it is there', async () => {
    expect(await look({})).toEqual({ event: 'upstream.reached', models: 3 });
    expect(problem).toBeNull();
  });

  it.each<[string, Behaviour]>([
    ['a page', page],
    ['a page that is not found', { ...page, status: 404 }],
    ['404', noList],
  ])('says that something else is there: %s', async (_, list) => {
    const error = 'upstream.not_the_api';
    const line = { event: 'upstream.not_checked', error, detail: notTheApi };
    expect(await look(list)).toMatchObject(line);
    expect(problem).toEqual(notTheApi);
  });

  it('misses a model that the settings name, and a key', async () => {
    {
      const {
        service: { app },
      } = await start({ TURBO_MODEL: 'gpt-7' });
      const missing = expect.stringContaining('does not list gpt-7') as string;
      expect(await app.get(ModelCatalogService).checkedAtStart()).toEqual(missing);
    }
    {
      const {
        service: { app },
      } = await start({ OPENAI_API_KEYS: '' });
      const noKey = expect.stringContaining('No API key is configured') as string;
      expect(await app.get(ModelCatalogService).checkedAtStart()).toEqual(noKey);
    }
  });

  it.each([
    [401, 'rejected', { code: 'invalid_api_key', type: 'invalid_request_error' }],
    [429, 'rate-limited', {}],
  ])('says that the keys are refused, and where they are: %i', async (status, signal, names) => {
    const { detail, ...line } = (await look({ status })) as Record<string, unknown>;
    const event = 'upstream.not_checked';
    const upstreamRequestId = expect.stringMatching(/^req_\d+$/) as string;
    expect(line).toMatchObject({ event, signal, status, ...names, upstreamRequestId });
    expect(detail).toContain('OPENAI_API_KEYS');
    expect(problem).toBe(detail);
  });
});

describe('a model that is only listed, and that the upstream does not have', () => {
  const model = 'gpt-4.1-mini';
  const ask = (name: string) =>
    v1('chat/completions', { model: name, messages: [{ role: 'user', content: 'hello' }] });
  const missing = (name: string): Behaviour => ({
    status: 404,
    error: { message: `model "${name}" not found`, type: 'api_error', code: null },
  });

  beforeEach(async () => {
    await v1('models');
    service.simulator.reset();
  });

  it('is the caller\u2019s to name otherwise', async () => {
    service.simulator.behave(missing(model));
    const message = `model "${model}" not found`;
    const error = { type: 'invalid_request_error', code: 'model_not_found', message };
    expect(await ask(model)).toMatchObject({ status: 404, body: { error } });
    expect(await readiness()).toBeUndefined();
  });

  it('is the operator\u2019s where the settings name it', async () => {
    service.simulator.behave(missing('gpt-6-luna'));
    const message = expect.stringContaining('TEXT_MODEL') as string;
    const error = { type: 'invalid_request_error', code: 'model_not_found', message };
    expect(await ask('gpt-6-luna')).toMatchObject({ status: 404, body: { error } });
    expect(await readiness()).toEqual(message);
  });
});
