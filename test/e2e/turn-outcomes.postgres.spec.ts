import { Caller, readEventStream } from '../support/caller.js';
import type { CommitLoss } from '../support/postgres-proxy.js';
import { startProxiedService, type ProxiedService } from '../support/proxied-service.js';
import { storedClaim } from '../support/stored.js';
import { until } from '../support/until.js';

let proxied: ProxiedService;
let caller: Caller;
let id: string;

beforeEach(async () => {
  proxied = await startProxiedService();
  caller = new Caller(proxied.service.url);
  id = await caller.create();
  await caller.chat(id, 'before');
  proxied.service.simulator.reset();
});
afterEach(() => proxied.close());

const before = ['before', 'You said: before'];
const after = [...before, 'Q', 'A'];

/** Asks, and loses the COMMIT of the turn once its answer has come. */
async function chatLosing(loss: CommitLoss, thenDown = false, headers = {}) {
  const { service, proxy } = proxied;
  service.simulator.behave({ holdBeforeAnswer: true, answer: 'A' });
  const running = caller.chat(id, 'Q', headers);
  await service.simulator.waitForCalls(1);
  proxy.loseCommit(loss, { thenDown });
  service.simulator.release();
  const answer = await running;
  service.simulator.behave({ answer: 'A' });
  return answer;
}

describe('a connection lost during COMMIT', () => {
  it('is no failure when the turn is found to be kept', async () => {
    expect(await chatLosing('answer')).toMatchObject({ status: 200, text: 'A' });
    expect(await caller.sentences(id)).toEqual(after);
    expect(await caller.chat(id, 'next')).toMatchObject({ status: 200 });
  });

  it('is a failure that kept nothing when it is not, and the conversation is free', async () => {
    const answer = await chatLosing('request');
    expect(answer).toMatchObject({ status: 503, text: 'The database is unavailable' });
    expect(answer.headers.get('retry-after')).toBe('1');
    expect(storedClaim(proxied.service.databaseFile, id).claim).toBeNull();
    expect(await caller.sentences(id)).toEqual(before);
    expect(await caller.chat(id, 'Q')).toMatchObject({ status: 200 });
    expect(await caller.sentences(id)).toEqual(after);
  });
});

describe('a connection lost while a conversation is claimed', () => {
  it.each<CommitLoss>(['answer', 'request'])(
    'is a failure that leaves it free: lost %s',
    async (loss) => {
      proxied.proxy.loseCommit(loss);
      const answer = await caller.chat(id, 'Q');
      expect(answer).toMatchObject({ status: 503, text: 'The database is unavailable' });
      expect(proxied.service.simulator.totalCalls).toBe(0);
      expect(await caller.chat(id, 'Q')).toMatchObject({ status: 200 });
      expect(await caller.sentences(id)).toEqual([...before, 'Q', 'You said: Q']);
    },
  );
});

describe('a turn whose outcome cannot be read for 5 s', () => {
  it.each<[CommitLoss, string[]]>([
    ['answer', after],
    ['request', before],
  ])(
    'is said to be unknown, and the conversation is free afterwards: lost %s',
    async (loss, sentences) => {
      const unknown = await chatLosing(loss, true);
      expect(unknown.status).toBe(503);
      expect(unknown.text).toContain('turn.outcome_unknown');
      expect(Number(unknown.headers.get('retry-after'))).toBeGreaterThan(0);
      proxied.proxy.up();
      expect(await caller.chat(id, 'R')).toMatchObject({ status: 200, text: 'A' });
      expect(await caller.sentences(id)).toEqual([...sentences, 'R', 'A']);
    },
  );

  it.each<CommitLoss>(['answer', 'request'])(
    'frees the conversation for every process, once the database is back: lost %s',
    async (loss) => {
      await chatLosing(loss, true);
      proxied.proxy.up();
      await until('nothing holds the conversation', () =>
        Promise.resolve(storedClaim(proxied.service.databaseFile, id).claim === null),
      );
    },
  );

  it('ends a stream with an error event that has the code, and no end mark', async () => {
    const answer = await chatLosing('answer', true, { accept: 'text/event-stream' });
    const { done, error } = readEventStream(answer.text);
    expect(done).toBe(false);
    expect(error).toContain('turn.outcome_unknown');
  });
});
