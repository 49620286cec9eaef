import { Shutdown } from '../../src/platform/lifecycle/shutdown.js';
import { HealthChecks } from '../../src/api/health/health-checks.js';
import { KeysService } from '../../src/keys/keys.service.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

let mockTerminusLoads = 0;
jest.mock('@nestjs/terminus', () => {
  mockTerminusLoads += 1;
  return jest.requireActual<object>('@nestjs/terminus');
});

const { service, caller } = useService();

/** The states of the service's keys, changed as an operator does. */
async function setKeys(change: 'enable' | 'disable'): Promise<void> {
  const keys = service.app.get(KeysService);
  const all = await keys.list({ limit: 10 });
  await Promise.all(all.map(({ id }) => keys[change](id)));
}

describe('GET /health/live', () => {
  it('answers as long as the process does', async () => {
    const { status, text } = await caller.get('/health/live');
    expect([status, JSON.parse(text)]).toEqual([200, { status: 'ok' }]);
  });

  it('loads nothing of what readiness is checked with', () => {
    expect(mockTerminusLoads).toBe(0);
  });
});

describe('GET /health/ready', () => {
  it('says that every part works', async () => {
    const { status, text } = await caller.get('/health/ready');
    expect(status).toBe(200);
    const up = { status: 'up', responseTime: expect.any(Number) as unknown };
    expect(JSON.parse(text)).toEqual({
      status: 'ok',
      parts: { database: up, keys: up, upstream: up },
    });
    expect(mockTerminusLoads).toBe(1);
  });

  it('says which part does not work, and the log once for each change', async () => {
    await setKeys('disable');
    service.clock.advance(1_000);
    service.log.lines.length = 0;
    for (let probe = 0; probe < 3; probe += 1) {
      const { status, headers, text } = await caller.get('/health/ready');
      expect([status, headers.get('content-type')]).toEqual([
        503,
        'application/problem+json; charset=utf-8',
      ]);
      expect(JSON.parse(text)).toMatchObject({
        code: 'service.not_ready',
        detail: 'Not ready. keys: No usable API key is left. The operator must add one.',
      });
    }
    await setKeys('enable');
    service.clock.advance(1_000);
    expect((await caller.get('/health/ready')).status).toBe(200);
    const lines = service.log.lines.filter((line) => line.includes('"health.'));
    expect(lines).toEqual([
      expect.stringMatching(/^warn .*"health\.not_ready".*No usable API key/),
      expect.stringMatching(/^log .*"health\.ready"/),
    ]);
  });

  it('is checked once for all who ask within a second', async () => {
    const run = jest.spyOn(service.app.get(HealthChecks), 'run');
    service.clock.advance(1_000);
    await service.clock.standingStill(async () => {
      const asks = Array.from({ length: 20 }, () => caller.get('/health/ready'));
      expect(new Set((await Promise.all(asks)).map(({ text }) => text)).size).toBe(1);
      service.clock.advance(500);
      await caller.get('/health/ready');
      expect(run).toHaveBeenCalledTimes(1);
      service.clock.advance(500);
      await caller.get('/health/ready');
      expect(run).toHaveBeenCalledTimes(2);
    });
    run.mockRestore();
  });

  it('counts keys that wait out a rate limit as usable', async () => {
    const {
      service: { simulator },
      caller: callers,
    } = await start({ OPENAI_API_KEYS: 'sk-only' });
    simulator.behave({ status: 429, headers: { 'retry-after': '3600' } });
    expect((await callers.chat(await callers.create(), 'Q')).status).toBe(429);
    expect((await callers.get('/health/ready')).status).toBe(200);
  });

  it('says how to add a key when there is none', async () => {
    const { caller: callers } = await start({ OPENAI_API_KEYS: '' });
    const { status, text } = await callers.get('/health/ready');
    expect(status).toBe(503);
    expect(text).toContain('keys: No API key is configured.');
    expect((await callers.get('/health/live')).status).toBe(200);
  });

  it('is 503 from the moment that the service is told to stop', async () => {
    const {
      service: { app },
      caller: callers,
    } = await start({});
    app.get(Shutdown).announce();
    const { status, text } = await callers.get('/health/ready');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toMatchObject({ code: 'service.shutting_down' });
  });
});
