import type { Caller } from '../support/caller.js';
import { token, type TestService } from '../support/service.js';
import { withService } from '../support/with-service.js';

const ttlMs = 1_800_000;
const halfMs = ttlMs / 2;
/** Longer than the machine's own clock moves during a test. */
const marginMs = 60_000;

/** Whether the conversation is known to every read. */
async function isAlive(caller: Caller, id: string): Promise<boolean> {
  const statuses = new Set<number>();
  for (const path of ['context', 'contextArray', 'store']) {
    statuses.add((await caller.post(path, '', { conversation: id })).status);
  }
  expect(statuses.size).toBe(1);
  return statuses.has(200);
}

/** A conversation with so many turns, the last of them just ended. */
async function conversation(caller: Caller, turns: number): Promise<string> {
  const id = await caller.create();
  for (let turn = 0; turn < turns; turn += 1) await caller.chat(id, 'Q');
  return id;
}

/** The conversation lives for `ms` from now, and not much longer. */
async function expectLife({ clock }: TestService, caller: Caller, id: string, ms: number) {
  clock.advance(ms - marginMs);
  expect(await isAlive(caller, id)).toBe(true);
  clock.advance(marginMs);
  expect(await isAlive(caller, id)).toBe(false);
}

describe('the time until a conversation expires', () => {
  it.each([
    ['half of it when nothing was said', 0, halfMs],
    ['half of it with two sentences', 1, halfMs],
    ['all of it with four sentences', 2, ttlMs],
  ])('is %s', async (_title, turns, ms) => {
    await withService({}, async (service, caller) => {
      await expectLife(service, caller, await conversation(caller, turns), ms);
    });
  });

  it.each([
    ['half of it with two sentences and what a tool did', 0, halfMs],
    ['all of it with three sentences and what a tool did', 1, ttlMs],
  ])('is %s', async (_title, turns, ms) => {
    await withService({}, async (service, caller) => {
      const id = await conversation(caller, turns);
      const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' };
      const output = { type: 'function_call_output', call_id: 'call_1', output: '' };
      const said = ['user', 'assistant'].slice(0, turns === 0 ? 2 : 1);
      const messages = said.map((role) => ({ type: 'message', role, content: 'S' }));
      const added = await fetch(`${service.url}/v1/conversations/${id}/items`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ items: [...messages, call, output] }),
      });
      expect(added.status).toBe(200);
      await expectLife(service, caller, id, ms);
    });
  });

  it('CONVERSATION_TTL_SECONDS says it', async () => {
    await withService({ CONVERSATION_TTL_SECONDS: '7200' }, async (service, caller) => {
      await expectLife(service, caller, await conversation(caller, 2), 7_200_000);
    });
  });

  it('never comes with CONVERSATION_TTL_SECONDS=0', async () => {
    await withService({ CONVERSATION_TTL_SECONDS: '0' }, async ({ clock }, caller) => {
      const ids = [await conversation(caller, 0), await conversation(caller, 2)];
      clock.advance(20 * 365 * 86_400_000);
      for (const id of ids) expect(await isAlive(caller, id)).toBe(true);
      expect((await caller.chat(ids[0] ?? '', 'Q')).status).toBe(200);
    });
  });

  it.each(['chat', 'regenerate', 'rollback', 'finish', 'context', 'contextArray', 'store'])(
    'makes the conversation unknown to %s at once',
    async (path) => {
      await withService({}, async (service, caller) => {
        const id = await conversation(caller, 1);
        service.clock.advance(halfMs);
        const answer = await caller.post(path, path === 'store' ? '' : 'Q', {
          conversation: id,
        });
        expect(answer.status).toBe(404);
        expect(answer.text).toBe(`failed to find Conversation with provided id: ${id}`);
        expect(service.simulator.totalCalls).toBe(1);
      });
    },
  );
});

describe('the idle time of a conversation', () => {
  /** What happens to a conversation of two turns shortly before its end. */
  async function after(
    act: (service: TestService, caller: Caller, id: string) => Promise<unknown>,
    lifeMs: number,
  ): Promise<void> {
    await withService({}, async (service, caller) => {
      const id = await conversation(caller, 2);
      service.clock.advance(ttlMs - marginMs);
      await act(service, caller, id);
      await expectLife(service, caller, id, lifeMs);
    });
  }

  it('begins again with a turn', () =>
    after((_service, caller, id) => caller.chat(id, 'Q'), ttlMs));

  it('begins again with a regenerate', () =>
    after((_service, caller, id) => caller.post('regenerate', '', { conversation: id }), ttlMs));

  it('begins again with a rollback, then of half the length', () =>
    after((_service, caller, id) => caller.post('rollback', '', { conversation: id }), halfMs));

  it.each([400, 500])('begins again with a turn that the upstream fails with %i', (status) =>
    after(async ({ simulator }, caller, id) => {
      simulator.behave({ status });
      expect((await caller.chat(id, 'Q')).status).toBeGreaterThanOrEqual(400);
    }, ttlMs),
  );

  it('begins again with a stream that breaks off', () =>
    after(async ({ simulator }, caller, id) => {
      simulator.behave({ answer: ['a', 'b'], cutAfterPieces: 1 });
      await caller.chat(id, 'Q', { accept: 'text/event-stream' });
    }, ttlMs));

  it('does not begin again with reads', () =>
    after((_service, caller, id) => isAlive(caller, id), marginMs));

  it('counts from the end of a turn, not from its start', async () => {
    await withService({ TURN_LEASE_SECONDS: '3600' }, async (service, caller) => {
      const id = await conversation(caller, 2);
      service.simulator.behave({ holdBeforeAnswer: true });
      const running = caller.chat(id, 'Q');
      await service.simulator.waitForCalls(3);
      service.clock.advance(halfMs);
      service.simulator.release();
      expect((await running).status).toBe(200);
      await expectLife(service, caller, id, ttlMs);
    });
  });

  it('does not end while a turn runs', async () => {
    await withService({ TURN_LEASE_SECONDS: '3600' }, async (service, caller) => {
      const id = await conversation(caller, 2);
      service.simulator.behave({ holdBeforeAnswer: true });
      const running = caller.chat(id, 'Q');
      await service.simulator.waitForCalls(3);
      service.clock.advance(ttlMs + marginMs);
      expect(await isAlive(caller, id)).toBe(true);
      const second = await caller.chat(id, 'R');
      expect(second).toMatchObject({ status: 409, text: 'AI is thinking' });
      service.simulator.release();
      expect((await running).status).toBe(200);
      expect(await caller.sentences(id)).toHaveLength(6);
      await expectLife(service, caller, id, ttlMs);
    });
  });
});
