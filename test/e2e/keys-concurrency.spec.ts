import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { KeyRegistry } from '../../src/keys/key-registry.js';
import { KeyStoreService } from '../../src/keys/key-store.service.js';
import { StoredKeysRepository } from '../../src/keys/stored-keys.repository.js';
import { adminVariables, Operator } from '../support/admin.js';
import { useServices } from '../support/use-service.js';

const keys = Array.from({ length: 20 }, (_, index) => {
  return `sk-concurrent-K${String(index).padStart(3, '0')}`;
});
const faults: [Behaviour, string][] = [
  [{ status: 401 }, 'invalid'],
  [{ status: 429, error: { message: 'x', code: 'insufficient_quota' } }, 'exhausted'],
  [{ status: 403, error: { message: 'x', code: null } }, 'active'],
  [{ status: 429, headers: { 'retry-after': '3600' } }, 'active'],
  [{ status: 404 }, 'active'],
];
const faulty = keys.slice(0, 15);
const atOnce = 50;

const { service, caller, start } = useServices();

beforeEach(async () => {
  await start({ OPENAI_API_KEYS: keys.join(), ...adminVariables });
});

/** Calls so often, so many at once. @returns the statuses */
async function callOften(times: number, call: (index: number) => Promise<{ status: number }>) {
  const statuses: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < times; index = next++) {
      statuses.push((await call(index)).status);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return statuses;
}

function quickAnswer() {
  return caller.post('quickAnswer', '{"question":"hello"}');
}

describe('1,000 calls over 20 keys of which 15 are faulty', () => {
  beforeEach(() => {
    for (const [index, key] of faulty.entries()) {
      service.simulator.behave(faults[index % faults.length]![0], { key });
    }
  });

  /** At most the calls that were on their way when the key's state changed. */
  function expectFewCalls(): void {
    for (const key of faulty) {
      expect([key, service.simulator.callsWith(key) <= atOnce / 4]).toEqual([key, true]);
    }
    expect(service.simulator.totalCalls).toBeLessThan(1_000 + faulty.length * 10);
  }

  it('fail for no caller, and ask no faulty key more than its state allows', async () => {
    const statuses = await callOften(1_000, quickAnswer);
    expect(statuses).toHaveLength(1_000);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expectFewCalls();
    const asked = faulty.map((key) => service.simulator.callsWith(key));
    expect(new Set(await callOften(100, quickAnswer))).toEqual(new Set([200]));
    expect(faulty.map((key) => service.simulator.callsWith(key))).toEqual(asked);

    const states = await new Operator(service).states();
    for (const [index, key] of faulty.entries()) {
      expect([key, states[key.slice(-4)]]).toEqual([key, faults[index % faults.length]![1]]);
    }
    await service.app.get(KeyStoreService).flush();
    const stored = await new Operator(service).list('?limit=200');
    expect(stored.reduce((sum, { calls }) => sum + calls, 0)).toBe(service.simulator.totalCalls);
  });

  it('fail for no conversation either, though each prefers a key', async () => {
    const ids = await Promise.all(Array.from({ length: 100 }, () => caller.create()));
    const failures: string[] = [];
    // On a slow machine what is known of a key would be over before all have asked it.
    await service.clock.standingStill(async () => {
      const statuses = await callOften(100, async (index) => {
        let status = 200;
        for (let turn = 0; turn < 10 && status === 200; turn += 1) {
          const answer = await caller.chat(ids[index]!, 'hello');
          ({ status } = answer);
          if (status !== 200) failures.push(answer.text);
        }
        return { status };
      });
      expect(failures).toEqual([]);
      expect(statuses).toEqual(ids.map(() => 200));
    });
    expectFewCalls();
  });
});

describe('calls that meet a first fault together', () => {
  it('take a key out once', async () => {
    const [bad] = keys;
    service.simulator.behave(
      { status: 429, error: { message: 'x', code: 'insufficient_quota' }, holdBeforeAnswer: true },
      { key: bad! },
    );
    const answers = Array.from({ length: 60 }, quickAnswer);
    await service.simulator.waitForCalls(60);
    service.simulator.release();
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(
      new Set([200]),
    );
    expect(service.simulator.callsWith(bad!)).toBe(3);
    const lines = service.log.lines.filter((line) => line.includes('"key.state"'));
    expect(lines).toHaveLength(1);
    const [key] = await new Operator(service).list('?state=exhausted');
    expect(Date.parse(key!.until!)).toBeLessThanOrEqual(service.clock.now() + 3_600_000);
  });
});

describe('a look at what other processes changed', () => {
  it('brings back no key that is deleted meanwhile', async () => {
    const operator = new Operator(service);
    const { id } = await operator.add('sk-concurrent-stored');
    const rows = service.app.get(StoredKeysRepository);
    const listChanged = rows.listChanged.bind(rows);
    jest.spyOn(rows, 'listChanged').mockImplementationOnce(async (since) => {
      const found = await listChanged(since);
      expect(found.rows.map((row) => row.id)).toContain(id);
      await operator.call('DELETE', `/${id}`);
      return found;
    });
    await service.app.get(KeyStoreService).look();
    expect(service.app.get(KeyRegistry).find(id)).toBeNull();
  });

  it('finds what was deleted when the clock of the database was set back', async () => {
    const { id } = await new Operator(service).add('sk-concurrent-stored');
    const rows = service.app.get(StoredKeysRepository);
    const listChanged = rows.listChanged.bind(rows);
    await rows.delete(id);
    jest
      .spyOn(rows, 'listChanged')
      .mockResolvedValueOnce({ rows: [], lookedAt: 1 })
      .mockImplementation(listChanged);
    await service.app.get(KeyStoreService).look();
    expect(service.app.get(KeyRegistry).find(id)).toBeNull();
  });
});
