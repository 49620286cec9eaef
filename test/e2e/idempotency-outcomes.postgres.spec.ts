import { Caller, type Answer } from '../support/caller.js';
import { countRows } from '../support/database-file.js';
import type { CommitLoss } from '../support/postgres-proxy.js';
import { startProxiedService, type ProxiedService } from '../support/proxied-service.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';

const key = { 'idempotency-key': 'the key' };
let proxied: ProxiedService;
let caller: Caller;
let id: string;

beforeEach(async () => {
  proxied = await startProxiedService({ TURN_LEASE_SECONDS: '2' });
  caller = new Caller(proxied.service.url);
  id = await caller.create();
  proxied.service.simulator.reset();
});
afterEach(() => proxied.close());

/** Does a call and loses the COMMIT of its turn once its answer has come. */
async function losing(
  loss: CommitLoss,
  send: () => Promise<Answer>,
  thenDown = false,
): Promise<Answer> {
  const { service, proxy } = proxied;
  service.simulator.behave({ holdBeforeAnswer: true, answer: 'A' });
  const running = send();
  await service.simulator.waitForCalls(1);
  proxy.loseCommit(loss, { thenDown });
  service.simulator.release();
  const answer = await running;
  service.simulator.reset();
  return answer;
}

function chat(): Promise<Answer> {
  return caller.chat(id, 'Q', key);
}

async function post(path: string, body: object): Promise<Answer> {
  const response = await fetch(`${proxied.service.url}/v1/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, ...key },
    body: JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

function respond(): Promise<Answer> {
  return post('responses', { model: 'gpt-6-luna', input: 'Q', conversation: id });
}

function respondAlone(): Promise<Answer> {
  return post('responses', { model: 'gpt-6-luna', input: 'Q' });
}

/** The first answer that is not that the call still runs. */
async function settled(send: () => Promise<Answer>): Promise<Answer> {
  const answers: Answer[] = [];
  await until('the call does not run any more', async () => {
    const answer = await send();
    if (answer.status !== 409) answers.push(answer);
    return answers.length > 0;
  });
  return answers[0]!;
}

describe('a keyed call whose COMMIT was lost', () => {
  it.each([
    ['a chat', chat],
    ['a response', respond],
  ])('and found to be kept is answered, and repeated from the record: %s', async (_, send) => {
    const first = await losing('answer', send);
    expect(first.status).toBe(200);
    const again = await send();
    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(proxied.service.simulator.totalCalls).toBe(0);
    expect(await caller.sentences(id)).toEqual(['Q', 'A']);
  });

  it.each([
    ['a chat', chat],
    ['a response', respond],
    ['a response that builds on nothing', respondAlone],
  ])('and never came is done when it is repeated: %s', async (_, send) => {
    expect((await losing('request', send)).status).toBe(503);
    const again = await send();
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBeNull();
    expect(proxied.service.simulator.totalCalls).toBe(1);
    expect((await send()).headers.get('idempotency-replayed')).toBe('true');
  });

  it('is not done twice where nobody could tell whether it was kept', async () => {
    const first = await losing('answer', respondAlone);
    expect(first.status).toBe(503);
    expect(first.text).toContain('outcome_unknown');
    const again = await respondAlone();
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(proxied.service.simulator.totalCalls).toBe(0);
    expect(countRows(proxied.service, 'responses')).toBe(1);
  });

  it.each<[CommitLoss, number]>([
    ['answer', 0],
    ['request', 1],
  ])('and the database with it is one turn in the end: lost %s', async (loss, calls) => {
    const unknown = await losing(loss, chat, true);
    expect(unknown.status).toBe(503);
    proxied.proxy.up();
    const again = await settled(chat);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe(calls === 0 ? 'true' : null);
    expect(proxied.service.simulator.totalCalls).toBe(calls);
    expect(await caller.sentences(id)).toHaveLength(2);
  });

  it.each<[CommitLoss, string | null]>([
    ['answer', 'true'],
    ['request', null],
  ])('creates one conversation: lost %s', async (loss, replayed) => {
    const before = countRows(proxied.service, 'conversations');
    proxied.proxy.loseCommit(loss);
    expect((await post('conversations', {})).status).toBe(503);
    const again = await post('conversations', {});
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe(replayed);
    expect(countRows(proxied.service, 'conversations')).toBe(before + 1);
  });
});
