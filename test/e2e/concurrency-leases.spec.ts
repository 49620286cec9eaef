import { Database } from '../../src/platform/database/database.js';
import { Caller } from '../support/caller.js';
import { write } from '../support/database-file.js';
import { OpenStream } from '../support/open-stream.js';
import { type TestService } from '../support/service.js';
import { storedClaim, storedItems } from '../support/stored.js';
import { isOnPostgres } from '../support/test-database.js';
import { until } from '../support/until.js';
import { useService } from '../support/use-service.js';

const leaseMs = 30_000;
const hourMs = 3_600_000;
const streamed = { accept: 'text/event-stream' };
const before = ['before', 'You said: before'];
/** Renews every 10 s of the machine's clock, so not within these tests; the other every 1/3 s. */
const { service } = useService();
const { service: renewing } = useService({ TURN_LEASE_SECONDS: '1' });

/** A service's caller with a conversation of one turn. */
async function conversationOf({ url, simulator }: TestService) {
  const caller = new Caller(url);
  const id = await caller.create();
  await caller.chat(id, 'before');
  simulator.reset();
  return { caller, id };
}

async function openStream(caller: Caller, id: string, question: string): Promise<OpenStream> {
  return new OpenStream(await caller.open('chat', question, { conversation: id, ...streamed }));
}

/** As another process takes a conversation after the lease of the turn that held it. */
function takeAway(of: TestService, id: string): void {
  write(of, `UPDATE conversations SET claim = 'turn_other' WHERE id = @id`, { id });
}

describe('a turn whose lease ran out while nobody else came', () => {
  it('is kept', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'late');
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    expect(await running).toMatchObject({ status: 200, text: 'You said: late' });
    expect(await caller.sentences(id)).toEqual([...before, 'late', 'You said: late']);
  });

  it('is kept when it is streamed', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ answer: ['a', 'b', 'c'], holdAfterPieces: 2 });
    const stream = await openStream(caller, id, 'late');
    await stream.pieces(2);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    expect(await stream.whole()).toMatchObject({ text: 'abc', done: true, error: null });
    expect(await caller.sentences(id)).toEqual([...before, 'late', 'abc']);
  });

  it('is kept when it was the clock that was set forward', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'late');
    await service.simulator.waitForCalls(1);
    service.clock.setBy(40_000);
    service.simulator.release();
    expect(await running).toMatchObject({ status: 200 });
    service.clock.setBy(-40_000);
    expect(await caller.sentences(id)).toEqual([...before, 'late', 'You said: late']);
  });

  it('replaces the answer that it regenerated', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'replaced' });
    const running = caller.post('regenerate', '', { conversation: id });
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    expect((await running).status).toBe(200);
    expect(await caller.sentences(id)).toEqual(['before', 'replaced']);
  });

  it('takes its conversation again at the next renewal', async () => {
    const { caller, id } = await conversationOf(renewing);
    renewing.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'late');
    await renewing.simulator.waitForCalls(1);
    const { claim } = storedClaim(renewing.databaseFile, id);
    renewing.clock.advance(60_000);
    await until('it holds it again', () => {
      return Number(storedClaim(renewing.databaseFile, id).lease_until) > renewing.clock.now();
    });
    expect(storedClaim(renewing.databaseFile, id).claim).toBe(claim);
    expect(await caller.chat(id, 'meanwhile')).toMatchObject({ status: 409 });
    renewing.simulator.release();
    expect((await running).status).toBe(200);
    expect(await caller.sentences(id)).toEqual([...before, 'late', 'You said: late']);
  });
});

describe('a turn whose lease ran out and whose conversation another call took', () => {
  it('gives way to a new turn, whose words alone are stored', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true, answer: 'of the lost turn' });
    const lost = caller.chat(id, 'lost');
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.behave({ answer: 'of the new turn' });
    expect(await caller.chat(id, 'new')).toMatchObject({ status: 200 });
    service.simulator.release();
    expect(await lost).toMatchObject({
      status: 503,
      text: 'The conversation was lost to another call, nothing was kept',
    });
    expect(await caller.sentences(id)).toEqual([...before, 'new', 'of the new turn']);
  });

  it('gives way to a rollback', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true });
    const lost = caller.chat(id, 'lost');
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    expect((await caller.post('rollback', '', { conversation: id })).status).toBe(200);
    service.simulator.release();
    expect((await lost).status).toBe(503);
    expect(await caller.sentences(id)).toEqual([]);
  });

  it('does not end the claim of the turn that came after it', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true });
    const leaving = new AbortController();
    const lost = caller.open('chat', 'lost', { conversation: id }, leaving.signal);
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    service.simulator.behave({ answer: ['x', 'y'], holdAfterPieces: 1 });
    const stream = await openStream(caller, id, 'new');
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

  it('notices at the next renewal, which aborts the upstream call mid-stream', async () => {
    const { caller, id } = await conversationOf(renewing);
    renewing.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const stream = await openStream(caller, id, 'lost');
    await stream.pieces(1);
    takeAway(renewing, id);
    await renewing.simulator.waitForOutcome(0, 'left');
    const { done, error } = await stream.whole();
    expect(done).toBe(false);
    expect(error).toBe('The conversation was lost to another call, nothing was kept');
    expect(await caller.sentences(id)).toEqual(before);
  });

  it('notices at the next renewal also before the answer', async () => {
    const { caller, id } = await conversationOf(renewing);
    renewing.simulator.behave({ neverAnswer: true });
    const running = caller.chat(id, 'lost');
    await renewing.simulator.waitForCalls(1);
    takeAway(renewing, id);
    await renewing.simulator.waitForOutcome(0, 'left');
    expect((await running).status).toBe(503);
    expect(storedItems(renewing.databaseFile, id)).toHaveLength(2);
  });
});

describe('a turn whose conversation is gone when its lease ran out', () => {
  const unknown = (id: string) => `failed to find Conversation with provided id: ${id}`;

  it('is 404 after another call finished it', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ holdBeforeAnswer: true });
    const lost = caller.chat(id, 'lost');
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    expect((await caller.post('finish', '', { conversation: id })).status).toBe(200);
    service.simulator.release();
    expect(await lost).toMatchObject({ status: 404, text: unknown(id) });
  });

  it('ends its stream with that sentence when it expired, of which others were told', async () => {
    const { caller, id } = await conversationOf(service);
    service.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const stream = await openStream(caller, id, 'lost');
    await stream.pieces(1);
    service.clock.advance(leaseMs + hourMs);
    expect((await caller.post('context', '', { conversation: id })).status).toBe(404);
    service.simulator.release();
    expect(await stream.whole()).toMatchObject({ done: false, error: unknown(id) });
    expect((await caller.post('context', '', { conversation: id })).status).toBe(404);
  });

  it('hears of it at the next renewal', async () => {
    const { caller, id } = await conversationOf(renewing);
    renewing.simulator.behave({ neverAnswer: true });
    const lost = caller.chat(id, 'lost');
    await renewing.simulator.waitForCalls(1);
    write(renewing, 'DELETE FROM conversations WHERE id = @id', { id });
    expect(await lost).toMatchObject({ status: 404, text: unknown(id) });
    await renewing.simulator.waitForOutcome(0, 'left');
  });
});

describe('a clock that was set back', () => {
  /** A conversation as a turn leaves it whose process died, its lease so far ahead of the clock. */
  async function abandonedConversation(aheadMs: number) {
    const { caller, id } = await conversationOf(service);
    write(
      service,
      `UPDATE conversations SET claim = 'turn_dead', lease_until = @lease WHERE id = @id`,
      { id, lease: service.clock.now() + aheadMs },
    );
    return { caller, id };
  }

  it('does not lock a conversation whose turn died before', async () => {
    const { caller, id } = await abandonedConversation(hourMs);
    expect(await caller.chat(id, 'now')).toMatchObject({ status: 200 });
    for (const path of ['rollback', 'finish']) {
      const other = await abandonedConversation(hourMs);
      const answer = await other.caller.post(path, '', { conversation: other.id });
      expect(answer.status).toBe(200);
    }
  });

  it('by a little leaves a lease valid, which another process may have for longer', async () => {
    const { caller, id } = await abandonedConversation(2 * leaseMs);
    const refused = await caller.chat(id, 'now');
    expect(refused).toMatchObject({ status: 409, text: 'AI is thinking' });
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  });

  it('leaves a running turn what it holds', async () => {
    const { caller, id } = await conversationOf(renewing);
    renewing.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'long');
    await renewing.simulator.waitForCalls(1);
    renewing.clock.setBy(-hourMs);
    // The clock of a PostgreSQL server is its own.
    const now = () => renewing.clock.now() + (isOnPostgres ? hourMs : 0);
    await until('the lease is written by the new time', () => {
      const { lease_until } = storedClaim(renewing.databaseFile, id);
      return Number(lease_until) <= now() + 2_000;
    });
    expect(await caller.chat(id, 'meanwhile')).toMatchObject({ status: 409 });
    renewing.simulator.release();
    expect((await running).status).toBe(200);
    expect(await caller.sentences(id)).toEqual([...before, 'long', 'You said: long']);
    renewing.clock.setBy(hourMs);
  });
});

describe('a turn longer than its lease', () => {
  it('keeps its claim by renewal and is committed', async () => {
    const { caller, id } = await conversationOf(renewing);
    renewing.simulator.behave({ holdBeforeAnswer: true, answer: 'at last' });
    const running = caller.chat(id, 'a long one');
    await renewing.simulator.waitForCalls(1);
    const firstLease = Number(storedClaim(renewing.databaseFile, id).lease_until);
    await until('the first lease would have run out', () => {
      return Number(storedClaim(renewing.databaseFile, id).lease_until) >= firstLease + 1_500;
    });
    const refused = await caller.chat(id, 'meanwhile');
    expect(refused).toMatchObject({ status: 409, text: 'AI is thinking' });
    expect(refused.headers.get('retry-after')).toBe('1');
    renewing.simulator.release();
    expect(await running).toMatchObject({ status: 200, text: 'at last' });
    expect(await caller.sentences(id)).toEqual([...before, 'a long one', 'at last']);
  });

  it('has one renewal statement for all turns of the process', async () => {
    const { caller } = await conversationOf(renewing);
    renewing.simulator.behave({ holdBeforeAnswer: true });
    const ids = await Promise.all(Array.from({ length: 10 }, () => caller.create()));
    const running = ids.map((each) => caller.chat(each, 'a long one'));
    await renewing.simulator.waitForCalls(10);
    const leases = () => {
      return ids.map((each) => Number(storedClaim(renewing.databaseFile, each).lease_until));
    };
    const firstLeases = leases();
    const writes = jest.spyOn(renewing.app.get(Database), 'write');
    await until('every lease was renewed', () => {
      return leases().every((lease, index) => lease > firstLeases[index]!);
    });
    const statements = writes.mock.calls.flatMap(([batch]) => batch);
    writes.mockRestore();
    // One for all ten, and again with each renewal that came before this look.
    expect(statements.length).toBeLessThan(ids.length);
    renewing.simulator.release();
    const answers = await Promise.all(running);
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
  });
});
