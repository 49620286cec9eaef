import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { KeyProbeTask } from '../../src/keys/key-probe.task.js';
import { KeyStoreService } from '../../src/keys/key-store.service.js';
import { adminVariables, Operator } from '../support/admin.js';
import { Caller } from '../support/caller.js';
import type { TestService } from '../support/service.js';
import { useServices } from '../support/use-service.js';

const good = 'sk-good-0000111122223333';
const bad = 'sk-bad-aaaabbbbccccddddWXYZ';
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const rejection: Behaviour = { status: 401 };
const noQuota: Behaviour = { status: 429, error: { message: 'x', code: 'insufficient_quota' } };
const { start } = useServices({ OPENAI_API_KEYS: `${bad},${good}`, ...adminVariables });
let service: TestService;

beforeEach(async () => {
  ({ service } = await start());
});

/** One round of the probe task. @returns the paths that the bad key was asked */
async function probe(): Promise<string[]> {
  const before = service.simulator.totalCalls;
  await service.app.get(KeyStoreService).flush();
  await service.app.get(KeyProbeTask).run();
  return service.simulator.calls.slice(before).map(({ key, path }) => `${key.slice(-4)} ${path}`);
}

async function ask(times = 1): Promise<void> {
  const caller = new Caller(service.url);
  for (let time = 0; time < times; time += 1) {
    expect((await caller.post('quickAnswer', '{"question":"hello"}')).status).toBe(200);
  }
}

async function state(): Promise<string> {
  return (await new Operator(service).key('WXYZ')).state;
}

const asked = ['WXYZ /v1/models'];

describe('an invalid key', () => {
  it('is probed after 5 minutes, an hour, and a day, with the list of models only', async () => {
    service.simulator.behave(rejection, { key: bad });
    await ask(2);
    expect(await probe()).toEqual([]);
    for (const delay of [5 * minuteMs, hourMs, 24 * hourMs, 24 * hourMs]) {
      service.clock.advance(delay - minuteMs);
      expect(await probe()).toEqual([]);
      service.clock.advance(2 * minuteMs);
      expect(await probe()).toEqual(asked);
      expect(await probe()).toEqual([]);
    }
    expect(await state()).toBe('invalid');
  });

  it.each([-2 * hourMs, 40_000])(
    'is probed when the time has passed, though the clock was set by %i ms',
    async (ms) => {
      service.simulator.behave(rejection, { key: bad });
      await ask(2);
      service.clock.setBy(ms);
      for (const delay of [5 * minuteMs, hourMs]) {
        service.clock.advance(delay - minuteMs);
        expect(await probe()).toEqual([]);
        service.clock.advance(2 * minuteMs);
        expect(await probe()).toEqual(asked);
        service.clock.setBy(ms);
        expect(await probe()).toEqual([]);
      }
    },
  );

  it('is used again when it is taken, one call first', async () => {
    service.simulator.behave(rejection, { key: bad });
    await ask(2);
    service.simulator.reset();
    service.clock.advance(5 * minuteMs);
    expect(await probe()).toEqual(asked);
    expect(await state()).toBe('active');
    await ask(4);
    expect(service.simulator.callsWith(bad)).toBe(3);
  });

  it('that still fails its calls waits longer than before', async () => {
    service.simulator.behave(rejection, { key: bad, path: '/chat/completions' });
    await ask(2);
    service.clock.advance(5 * minuteMs);
    expect(await probe()).toEqual(asked);
    await ask(4);
    expect(await state()).toBe('invalid');
    service.clock.advance(hourMs - minuteMs);
    expect(await probe()).toEqual([]);
    service.clock.advance(minuteMs);
    expect(await probe()).toEqual(asked);
  });

  it.each<[string, Behaviour]>([
    ['the upstream fails', { status: 500 }],
    ['the connection breaks', { resetConnection: true }],
    ['something in front of it answers', { status: 403, rawBody: '<html>' }],
  ])('is probed again in 5 minutes when %s', async (_, behaviour) => {
    service.simulator.behave(rejection, { key: bad });
    await ask(2);
    service.simulator.behave(behaviour, { key: bad });
    service.clock.advance(5 * minuteMs);
    expect(await probe()).toEqual(asked);
    expect(await state()).toBe('invalid');
    service.clock.advance(5 * minuteMs - minuteMs);
    expect(await probe()).toEqual([]);
    service.clock.advance(minuteMs);
    expect(await probe()).toEqual(asked);
  });

  it.each<[string, Behaviour]>([
    ['has no such list', { status: 404, rawBody: '' }],
    ['answers with a page', { rawBody: '<html>' }],
  ])(
    'is used again when the upstream %s, which nothing would ever change',
    async (_, behaviour) => {
      service.simulator.behave(rejection, { key: bad });
      await ask(2);
      service.simulator.reset();
      service.simulator.behave(behaviour, { path: '/models' });
      service.clock.advance(5 * minuteMs);
      expect(await probe()).toEqual(asked);
      expect(await state()).toBe('active');
    },
  );
});

describe('an exhausted key', () => {
  it('is probed hourly, backing off to a day while calls still find nothing to spend', async () => {
    service.simulator.behave(noQuota, { key: bad, path: '/chat/completions' });
    await ask(2);
    for (const hours of [1, 2, 4, 8, 16, 24, 24]) {
      expect(await state()).toBe('exhausted');
      service.clock.advance(hours * hourMs - minuteMs);
      expect(await probe()).toEqual([]);
      service.clock.advance(minuteMs);
      expect(await probe()).toEqual(asked);
      await ask(4);
    }
    expect(service.simulator.calls.filter(({ key }) => key === bad)).toHaveLength(8 + 7);
  });

  it('is as good as new when it has served', async () => {
    service.simulator.behave({ ...noQuota, times: 1 }, { key: bad });
    await ask(2);
    service.clock.advance(hourMs);
    await probe();
    await ask(2);
    service.simulator.behave(noQuota, { key: bad });
    await ask(2);
    service.clock.advance(hourMs);
    expect(await probe()).toEqual(asked);
  });
});

describe('a probe', () => {
  it('is made by one process of two', async () => {
    service.simulator.behave(rejection, { key: bad });
    await ask(2);
    await service.app.get(KeyStoreService).flush();
    const { service: other } = await start({}, service.folder);
    const services = [service, other];
    for (const running of services) running.clock.advance(5 * minuteMs);
    other.simulator.behave(rejection, { key: bad });
    const before = service.simulator.totalCalls + other.simulator.totalCalls;
    await Promise.all(services.map((running) => running.app.get(KeyProbeTask).run()));
    expect(service.simulator.totalCalls + other.simulator.totalCalls - before).toBe(1);
  });

  it('is not made of active and disabled keys', async () => {
    const key = await new Operator(service).key('WXYZ');
    await new Operator(service).call('POST', `/${key.id}/disable`);
    service.clock.advance(48 * hourMs);
    expect(await probe()).toEqual([]);
  });
});
