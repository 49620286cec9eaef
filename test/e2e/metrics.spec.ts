import { readFileSync, statSync } from 'node:fs';
import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { Caller } from '../support/caller.js';
import { OpenStream } from '../support/open-stream.js';
import { Scrape, scrape } from '../support/scrape.js';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import { isPostgres, query } from '../support/stored.js';
import { useService, useServices } from '../support/use-service.js';

const { start } = useServices();

const metricsToken = 'metrics-token-of-some-length';
const streamed = { accept: 'text/event-stream' };

const { service, caller } = useService();

beforeAll(async () => {
  await caller.chat(await caller.create(), 'Q');
});

/** How much each series has grown by while `work` ran, once a request of it has been counted. */
async function growthDuring(
  work: () => Promise<unknown>,
  requests = 1,
): Promise<(series: string) => number> {
  const before = await scrape(service.url);
  await work();
  let after = before;
  await until('the requests are counted', async () => {
    after = await scrape(service.url);
    return requestsOf(after) - requestsOf(before) >= requests;
  });
  return (series) => after.value(series) - before.value(series);
}

/** All requests but the looks themselves. */
function requestsOf({ values }: Scrape): number {
  return [...values].reduce((sum, [series, value]) => {
    const isOther =
      series.startsWith('alice_http_requests_total{') && !series.includes('route="/metrics"');
    return isOther ? sum + value : sum;
  }, 0);
}

function requests(method: string, route: string, status: number): string {
  return `alice_http_requests_total{method="${method}",route="${route}",status="${status}"}`;
}

describe('GET /metrics', () => {
  it('is text that Prometheus reads, with a help and a type for every metric', async () => {
    const { status, headers, text } = await caller.get('/metrics');
    expect([status, headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ]);
    const { types, values } = new Scrape(text);
    for (const series of values.keys()) {
      const name = series.replace(/\{.*/, '');
      const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
      expect([series, types.get(family)]).toEqual([series, expect.any(String)]);
      expect(text).toContain(`# HELP ${family} `);
    }
    expect(types.size).toBeGreaterThan(20);
  });

  it('counts and measures requests by the route that they are declared with', async () => {
    const id = await caller.create();
    const grown = await growthDuring(() => caller.chat(id, 'Q'));
    expect(grown(requests('POST', '/chatgpt/chat', 200))).toBe(1);
    const duration = 'alice_http_request_duration_seconds';
    const labels = 'method="POST",route="/chatgpt/chat"';
    expect(grown(`${duration}_count{${labels}}`)).toBe(1);
    expect(grown(`${duration}_bucket{le="+Inf",${labels}}`)).toBe(1);
    expect(grown(`${duration}_sum{${labels}}`)).toBeGreaterThan(0);
  });

  it('has nothing in its labels that a caller can make up', async () => {
    const id = await caller.create();
    const v1 = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const made = 'made-up-model';
    await growthDuring(async () => {
      await caller.get('/chatgpt/share/made-up-share');
      await caller.get('/made-up-path');
      await caller.get('/%E0%made-up');
      await caller.get(`/v1/conversations/${id}`, v1);
      await fetch(`${service.url}/v1/chat/completions`, {
        method: 'POST',
        headers: v1,
        body: JSON.stringify({ model: made, messages: [{ role: 'user', content: 'Q' }] }),
      }).then((answer) => answer.text());
    }, 5);
    const seen = await scrape(service.url);
    const text = [...seen.values.keys()].join('\n');
    for (const word of ['made-up', id, token]) expect(text).not.toContain(word);
    expect(seen.labelValues('model')).toEqual(['gpt-6-luna', 'gpt-6-sol', 'other']);
    expect(seen.labelValues('route')).toEqual(
      expect.arrayContaining(['none', '/chatgpt/share/:id', '/v1/conversations/:id']),
    );
  });

  it('measures the first piece of streams, and counts those that are open', async () => {
    const id = await caller.create();
    service.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const count = 'alice_first_piece_seconds_count{route="/chatgpt/chat"}';
    const grown = await growthDuring(async () => {
      const stream = new OpenStream(
        await caller.open('chat', 'Q', { conversation: id, ...streamed }),
      );
      await stream.pieces(1);
      const meanwhile = await scrape(service.url);
      for (const running of ['running_calls', 'running_turns', 'open_streams']) {
        expect([running, meanwhile.value(`alice_${running}`)]).toEqual([running, 1]);
      }
      service.simulator.release();
      expect(await stream.whole()).toMatchObject({ text: 'ab', done: true });
    });
    expect(grown(count)).toBe(1);
    const afterwards = await scrape(service.url);
    for (const running of ['running_calls', 'running_turns', 'open_streams']) {
      expect([running, afterwards.value(`alice_${running}`)]).toEqual([running, 0]);
    }
  });

  it('has the status of the error for a stream that fails, and 499 for a caller that leaves', async () => {
    const id = await caller.create();
    service.simulator.behave({ answer: ['a', 'b'], cutAfterPieces: 1 });
    const failed = await growthDuring(() => caller.chat(id, 'Q', streamed));
    expect(failed(requests('POST', '/chatgpt/chat', 502))).toBe(1);
    expect(failed(requests('POST', '/chatgpt/chat', 200))).toBe(0);
    expect(failed('alice_upstream_attempts_total{model="gpt-6-luna",outcome="broken-off"}')).toBe(
      1,
    );

    service.simulator.reset();
    service.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const leaving = new AbortController();
    const left = await growthDuring(async () => {
      const headers = { conversation: id, ...streamed };
      const stream = new OpenStream(await caller.open('chat', 'Q', headers, leaving.signal));
      await stream.pieces(1);
      leaving.abort();
    });
    expect(left(requests('POST', '/chatgpt/chat', 499))).toBe(1);
  });

  it('counts what the upstream did, and the tokens that it counted', async () => {
    const id = await caller.create();
    service.simulator.behave({ status: 500, times: 1 });
    const grown = await growthDuring(() => caller.chat(id, 'Q'));
    const attempts = (outcome: string) =>
      grown(`alice_upstream_attempts_total{model="gpt-6-luna",outcome="${outcome}"}`);
    expect([attempts('fault'), attempts('served')]).toEqual([1, 1]);
    expect(grown('alice_upstream_answer_seconds_count{model="gpt-6-luna"}')).toBe(1);
    for (const direction of ['input', 'output']) {
      const series = `alice_tokens_total{model="gpt-6-luna",direction="${direction}"}`;
      expect(grown(series)).toBeGreaterThan(0);
    }
  });

  it('counts turns that were refused because another one ran', async () => {
    const id = await caller.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const grown = await growthDuring(async () => {
      const running = caller.chat(id, 'first');
      await service.simulator.waitForCalls(1);
      expect((await caller.chat(id, 'second')).status).toBe(409);
      service.simulator.release();
      await running;
    }, 2);
    expect(grown('alice_claims_refused_total')).toBe(1);
    expect(grown('alice_claims_lost_total')).toBe(0);
  });

  it('measures the database', async () => {
    const grown = await growthDuring(() => caller.create());
    expect(grown('alice_database_seconds_count{operation="write"}')).toBeGreaterThan(0);
    expect(grown('alice_database_seconds_sum{operation="write"}')).toBeGreaterThan(0);
    expect(grown('alice_database_failures_total{operation="write"}')).toBe(0);
  });

  it('shows keys by their states', async () => {
    const {
      service: { url, simulator },
      caller: callers,
    } = await start({ OPENAI_API_KEYS: 'sk-1,sk-2,sk-3' });
    simulator.behave({ status: 401 }, { key: 'sk-1' });
    simulator.behave(
      { status: 429, error: { message: 'No credit', code: 'insufficient_quota' } },
      { key: 'sk-2' },
    );
    // Conversations prefer a key each, so that some would never be asked.
    for (let call = 0; call < 3; call += 1) {
      await callers.postJson('quickAnswer', { question: 'Q' });
    }
    const seen = await scrape(url);
    const states = seen.labelValues('state').map((state) => {
      return [state, seen.value(`alice_keys{state="${state}"}`)];
    });
    expect(Object.fromEntries(states)).toEqual({
      active: 1,
      cooling: 0,
      suspended: 0,
      exhausted: 1,
      invalid: 1,
      disabled: 0,
    });
  });

  it('counts what the limits refused', async () => {
    {
      const {
        service: { url },
        caller: callers,
      } = await start({ RATE_LIMIT_PER_MINUTE: '2' });
      for (let call = 0; call < 5; call += 1) await callers.post('chat', 'Q');
      const seen = await scrape(url);
      expect(seen.value('alice_limit_refusals_total{limit="rate"}')).toBe(3);
      expect(seen.value('alice_limit_refusals_total{limit="running_calls"}')).toBe(0);
      expect(seen.types.get('alice_rate_limit_fallback')).toBe('gauge');
    }
    {
      const {
        service: { url, simulator },
        caller: callers,
      } = await start({ MAX_RUNNING_CALLS: '1' });
      simulator.behave({ holdBeforeAnswer: true });
      const running = callers.post('chat', 'Q');
      await simulator.waitForCalls(1);
      expect((await callers.post('chat', 'Q')).status).toBe(503);
      simulator.release();
      await running;
      expect((await scrape(url)).value('alice_limit_refusals_total{limit="running_calls"}')).toBe(
        1,
      );
    }
  });

  it('has the size of the database', async () => {
    const {
      service: { url, databaseFile },
    } = await start({});
    const seen = await scrape(url);
    const size = isPostgres(databaseFile)
      ? query<{ size: number }>(
          databaseFile,
          'SELECT pg_database_size(current_database())::float AS size',
        )[0]!.size
      : statSync(databaseFile).size + statSync(`${databaseFile}-wal`).size;
    expect(seen.types.get('alice_database_size_bytes')).toBe('gauge');
    expect(seen.value('alice_database_size_bytes')).toBeGreaterThan(100_000);
    expect(seen.value('alice_database_size_bytes')).toBeLessThanOrEqual(2 * size);
  });

  it('counts what expired', async () => {
    const {
      service: { app, url, clock },
      caller: callers,
    } = await start({});
    await Promise.all([callers.create(), callers.create(), callers.create()]);
    clock.advance(86_400_000);
    await app.get(ConversationExpiryTask).sweep();
    const seen = await scrape(url);
    expect(seen.value('alice_conversations_expired_total')).toBe(3);
    expect(seen.value('alice_responses_expired_total')).toBe(0);
    expect(seen.value('alice_nonces_expired_total')).toBe(0);
  });

  it('says what runs', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    const seen = await scrape(service.url);
    const { node } = process.versions;
    const series = ['version', 'node'].map((label) => seen.labelValues(label));
    expect(series).toEqual([[version], [node]]);
    expect([...seen.values].find(([name]) => name.startsWith('alice_build_info'))?.[1]).toBe(1);
  });

  it('shows how the process fares', async () => {
    const seen = await scrape(service.url);
    expect(seen.value('process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    expect(seen.value('process_cpu_seconds_total')).toBeGreaterThan(0);
    // The only type whose series may have a label "quantile".
    expect(seen.types.get('alice_event_loop_delay_seconds')).toBe('summary');
    expect(seen.values.has('alice_event_loop_delay_seconds{quantile="0.99"}')).toBe(true);
    const longest = 'alice_event_loop_delay_seconds{quantile="1"}';
    await until('a delay was seen', async () => {
      const end = performance.now() + 100;
      while (performance.now() < end);
      await new Promise((resolve) => setImmediate(resolve));
      return (await scrape(service.url)).value(longest) > 0.05;
    });
  });
});

describe('who may see metrics', () => {
  async function statusWith(url: string, headers: Record<string, string> = {}): Promise<number> {
    return (await new Caller(url).get('/metrics', headers)).status;
  }

  it('is who has METRICS_TOKEN, whatever the way', async () => {
    const {
      service: { url, log },
    } = await start({ METRICS_TOKEN: metricsToken, HOST: '0.0.0.0' });
    const bearer = { authorization: `Bearer ${metricsToken}` };
    expect(await statusWith(url, bearer)).toBe(200);
    expect(await statusWith(url, { ...bearer, 'x-forwarded-for': '10.0.0.1' })).toBe(200);
    for (const headers of [
      {},
      { token },
      { token: metricsToken },
      { authorization: `Bearer ${token}` },
      { authorization: `Bearer ${metricsToken}x` },
      { authorization: metricsToken },
    ]) {
      expect(await statusWith(url, headers)).toBe(401);
    }
    const { text } = await new Caller(url).get('/metrics');
    expect(JSON.parse(text)).toMatchObject({ code: 'auth.missing', detail: 'Auth failed' });
    expect(log.text).not.toContain(metricsToken);
  });

  it.each(['x-forwarded-for', 'X-Forwarded-Proto', 'forwarded', 'via', 'x-real-ip'])(
    'is nobody whom a proxy passed on, without one: %s',
    async (header) => {
      const { status, headers, text } = await caller.get('/metrics', { [header]: 'for=10.0.0.1' });
      expect([status, headers.get('content-type')]).toEqual([
        404,
        'application/problem+json; charset=utf-8',
      ]);
      expect(JSON.parse(text)).toMatchObject({
        code: 'metrics.closed',
        detail: expect.stringContaining('METRICS_TOKEN') as unknown,
      });
    },
  );

  it('is nobody when other machines reach the service, without one', async () => {
    const {
      service: { url },
    } = await start({ HOST: '0.0.0.0' });
    expect(await statusWith(url)).toBe(404);
    expect(await statusWith(url, { authorization: 'Bearer ', token })).toBe(404);
  });
});
