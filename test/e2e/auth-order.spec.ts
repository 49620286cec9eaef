import { nonceHeaders } from '../factories/nonce-headers.js';
import { Caller } from '../support/caller.js';
import { countRows } from '../support/database-file.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

describe('a stranger', () => {
  it('does not count against the rate limit', async () => {
    const { service, caller } = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    const stranger = new Caller(service.url, {});
    for (let call = 0; call < 5; call += 1) {
      expect((await stranger.post('chat', 'Q')).status).toBe(401);
    }
    expect((await caller.post('chat', 'Q')).status).toBe(200);
    expect((await caller.post('chat', 'Q')).status).toBe(429);
    expect((await stranger.post('chat', 'Q')).status).toBe(401);
  });

  it('does not hold a running call', async () => {
    const { service, caller } = await start({ MAX_RUNNING_CALLS: '1' });
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.post('chat', 'Q');
    await service.simulator.waitForCalls(1);
    expect((await new Caller(service.url, {}).post('chat', 'Q')).status).toBe(401);
    service.simulator.release();
    expect((await running).status).toBe(200);
  });
});

describe('a stranger with bad input', () => {
  const { service } = useService();

  it.each([
    ['chat', '', {}],
    ['chat', 'Q', { conversation: 'unknown' }],
    ['create', '', { settings: 'Nope' }],
    ['createTurbo', '{broken', {}],
    ['createRolePlay', '', {}],
    ['quickAnswer', '[]', {}],
    ['summary', 'x'.repeat(2_000_000), {}],
    ['finish', '', {}],
    ['summary', 'x', { 'content-type': 'text/plain; charset=latin1' }],
    ['summary', 'x', { 'content-encoding': 'nope' }],
  ] as [string, string, Record<string, string>][])(
    'is not told about it: %s',
    async (path, body, headers) => {
      const answer = await new Caller(service.url, {}).post(path, body, headers);
      expect(answer.status).toBe(401);
      expect(answer.text).toBe('Auth failed');
    },
  );
});

describe('a refused call in normal mode', () => {
  it('has used up its uuid when the rate limit refuses it', async () => {
    const variables = { AUTH_MODE: 'normal', RATE_LIMIT_PER_MINUTE: '1' };
    const { service } = await start(variables);
    const caller = new Caller(service.url, {});
    expect((await caller.post('chat', 'Q', nonceHeaders())).status).toBe(200);
    const headers = nonceHeaders();
    expect((await caller.post('chat', 'Q', headers)).status).toBe(429);
    expect((await caller.post('chat', 'Q', headers)).status).toBe(401);
    expect(countRows(service, 'nonces')).toBe(2);
  });
});

describe('a call over the limit', () => {
  it('is refused before its input is looked at', async () => {
    const { caller } = await start({ RATE_LIMIT_PER_MINUTE: '1' });
    await caller.post('chat', 'Q');
    expect((await caller.chat('unknown', 'Q')).status).toBe(429);
    expect((await caller.post('quickAnswer', '{broken')).status).toBe(429);
  });
});
