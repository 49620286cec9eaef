import { Database } from '../../src/database/database.js';
import { Caller } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { startService, type TestService } from '../support/service.js';
import { storedClaim, storedItems } from '../support/stored.js';
import { until } from '../support/until.js';

const leaseMs = 30_000;
let service: TestService;
let caller: Caller;
let id: string;

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startService(variables);
  caller = new Caller(service.url);
  id = await caller.create();
  await caller.chat(id, 'before');
  service.simulator.reset();
}

afterEach(async () => {
  service.simulator.reset();
  await service.close();
});

const before = ['before', 'You said: before'];

describe('a turn whose lease ran out', () => {
  // The renewal of a 30 s lease comes every 10 s of the machine's clock, so not within these tests.
  it('is refused at its commit: the caller gets an error and nothing is written', async () => {
    await start();
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'too late');
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    const answer = await running;
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(answer.text).not.toContain('You said');
    expect(await caller.sentences(id)).toEqual(before);
    service.simulator.reset();
    expect(await caller.chat(id, 'now')).toMatchObject({ status: 200, text: 'You said: now' });
  });

  it('ends a stream with an error event and without an end mark', async () => {
    await start();
    service.simulator.behave({ answer: ['a', 'b', 'c'], holdAfterPieces: 2 });
    const stream = new OpenStream(
      await caller.open('chat', 'too late', { conversation: id, accept: 'text/event-stream' }),
    );
    await stream.pieces(2);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    const { done, error } = await stream.whole();
    expect(done).toBe(false);
    expect(error).toEqual(expect.any(String));
    expect(await caller.sentences(id)).toEqual(before);
  });

  it('leaves a regenerated answer as it was', async () => {
    await start();
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'replaced' });
    const running = caller.post('regenerate', '', { conversation: id });
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    expect((await running).status).toBeGreaterThanOrEqual(500);
    expect(await caller.sentences(id)).toEqual(before);
  });

  it('gives way to a new turn, whose words alone are stored', async () => {
    await start();
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'of the lost turn' });
    const lost = caller.chat(id, 'lost');
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.behave({ answer: 'of the new turn' });
    expect(await caller.chat(id, 'new')).toMatchObject({ status: 200 });
    service.simulator.release();
    expect((await lost).status).toBeGreaterThanOrEqual(500);
    expect(await caller.sentences(id)).toEqual([...before, 'new', 'of the new turn']);
  });

  it('does not end the claim of the turn that came after it', async () => {
    await start();
    service.simulator.behave({ holdBeforeAnswer: true });
    const leaving = new AbortController();
    const lost = caller.open('chat', 'lost', { conversation: id }, leaving.signal);
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.behave({ answer: ['x', 'y'], holdAfterPieces: 1 });
    const stream = new OpenStream(
      await caller.open('chat', 'new', { conversation: id, accept: 'text/event-stream' }),
    );
    await stream.pieces(1);
    const { claim } = storedClaim(service.databaseFile, id);
    leaving.abort();
    await expect(lost).rejects.toThrow('aborted');
    await service.simulator.waitForOutcome(0, 'left');
    expect(await caller.chat(id, 'meanwhile')).toMatchObject({ status: 409 });
    expect(storedClaim(service.databaseFile, id).claim).toBe(claim);
    service.simulator.release();
    expect(await stream.whole()).toMatchObject({ text: 'xy', done: true });
    expect(await caller.sentences(id)).toEqual([...before, 'new', 'xy']);
  });

  it('is noticed by the next renewal, which aborts the upstream call mid-stream', async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    service.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const stream = new OpenStream(
      await caller.open('chat', 'too late', { conversation: id, accept: 'text/event-stream' }),
    );
    await stream.pieces(1);
    service.clock.advance(60_000);
    await service.simulator.waitForOutcome(0, 'left');
    const { done, error } = await stream.whole();
    expect(done).toBe(false);
    expect(error).toEqual(expect.any(String));
    expect(await caller.sentences(id)).toEqual(before);
  });

  it('is noticed by the next renewal also before the answer', async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    service.simulator.behave({ neverAnswer: true });
    const running = caller.chat(id, 'too late');
    await service.simulator.waitForCalls(1);
    service.clock.advance(60_000);
    await service.simulator.waitForOutcome(0, 'left');
    expect((await running).status).toBeGreaterThanOrEqual(500);
    expect(storedItems(service.databaseFile, id)).toHaveLength(2);
  });
});

describe('a turn longer than its lease', () => {
  it('keeps its claim by renewal and is committed', async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'at last' });
    const running = caller.chat(id, 'a long one');
    await service.simulator.waitForCalls(1);
    const firstLease = Number(storedClaim(service.databaseFile, id).lease_until);
    await until('the first lease would have run out', () => {
      return Number(storedClaim(service.databaseFile, id).lease_until) >= firstLease + 1_500;
    });
    const refused = await caller.chat(id, 'meanwhile');
    expect(refused).toMatchObject({ status: 409, text: 'AI is thinking' });
    expect(refused.headers.get('retry-after')).toBe('1');
    service.simulator.release();
    expect(await running).toMatchObject({ status: 200, text: 'at last' });
    expect(await caller.sentences(id)).toEqual([...before, 'a long one', 'at last']);
  });

  it('has one renewal statement for all turns of the process', async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    service.simulator.behave({ holdBeforeAnswer: true });
    const ids = await Promise.all(Array.from({ length: 10 }, () => caller.create()));
    const running = ids.map((each) => caller.chat(each, 'a long one'));
    await service.simulator.waitForCalls(10);
    const leases = () => {
      return ids.map((each) => Number(storedClaim(service.databaseFile, each).lease_until));
    };
    const firstLeases = leases();
    const write = jest.spyOn(service.app.get(Database), 'write');
    await until('every lease was renewed', () => {
      return leases().every((lease, index) => lease > firstLeases[index]!);
    });
    const statements = write.mock.calls.flatMap(([batch]) => batch);
    // One for all ten, or two when a second renewal came before this look.
    expect(statements.length).toBeLessThanOrEqual(2);
    service.simulator.release();
    const answers = await Promise.all(running);
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
  });
});
