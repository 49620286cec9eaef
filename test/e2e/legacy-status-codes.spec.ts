import { Caller } from '../support/caller.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService({ LEGACY_STATUS_CODES: 'true', RATE_LIMIT_PER_MINUTE: '1' });

beforeEach(() => {
  service.clock.advance(60_000);
});
afterEach(() => {
  service.simulator.reset();
});

describe('LEGACY_STATUS_CODES', () => {
  it('refuses strangers with 505', async () => {
    const answer = await new Caller(service.url, {}).post('create');
    expect(answer).toMatchObject({ status: 505, text: 'Auth failed' });
  });

  it('refuses calls over the limit with 502, and says when to come again', async () => {
    await caller.post('chat', 'Q');
    const answer = await caller.post('chat', 'Q');
    expect(answer).toMatchObject({ status: 502, text: 'Server busy' });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it.each([
    ['an unknown conversation', 'context', '', { conversation: 'x' }],
    ['a missing conversation id', 'finish', '', {}],
    ['an empty question', 'chat', '', {}],
    ['broken JSON', 'quickAnswer', '{', {}],
    ['unknown settings', 'create', '', { settings: 'Nope' }],
    ['a body that is too large', 'create', 'x'.repeat(1_048_577), {}],
    ['another charset', 'create', 'x', { 'content-type': 'text/plain; charset=latin1' }],
  ] as [string, string, string, Record<string, string>][])(
    'answers %s with 500 and the same sentence',
    async (_title, path, body, headers) => {
      const answer = await caller.post(path, body, headers);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toBe('');
      expect(answer.text).not.toContain('Internal');
      expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    },
  );

  it('answers an unknown share with 500', async () => {
    const answer = await caller.get('/chatgpt/share/unknown');
    expect(answer.status).toBe(500);
    expect(answer.text).toBe('Failed to find shared conversation with provided id');
  });

  it.each([400, 500])('answers an upstream %i with 500', async (status) => {
    service.simulator.behave({ status });
    expect((await caller.post('chat', 'Q')).status).toBe(500);
  });

  it('leaves answers and other paths alone', async () => {
    expect((await caller.post('create')).status).toBe(200);
    expect((await caller.get('/nope')).status).toBe(404);
    expect((await caller.get('/health/live')).status).toBe(200);
  });
});
