import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adminVariables, Operator } from '../support/admin.js';
import { until } from '../support/until.js';
import { useServices } from '../support/use-service.js';

interface Delivery {
  headers: IncomingHttpHeaders;
  text: string;
  event: { id: string; type: string; at: string; key: Record<string, unknown> | null };
}

const secret = 'the webhook secret';
const good = 'sk-good-0000111122223333';
const bad = 'sk-bad-aaaabbbbccccddddWXYZ';
const noQuota = { status: 429, error: { message: 'x', code: 'insufficient_quota' } };
let receiver: Server;
let deliveries: Delivery[];
/** What the receiver answers next; 204 when none is left. */
let statuses: number[];

const { service, caller, start } = useServices();

beforeEach(async () => {
  deliveries = [];
  statuses = [];
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const event = JSON.parse(text) as Delivery['event'];
      deliveries.push({ headers: request.headers, text, event });
      const status = statuses.shift() ?? 204;
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
    });
  });
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const { port } = receiver.address() as AddressInfo;
  await start({
    OPENAI_API_KEYS: `${bad},${good}`,
    UPSTREAM_CALL_TIMEOUT_MS: '3000',
    KEY_EVENTS_WEBHOOK_URL: `http://127.0.0.1:${port}/hook/secret-path`,
    KEY_EVENTS_WEBHOOK_SECRET: secret,
    ...adminVariables,
  });
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
});

function ask() {
  return caller.post('quickAnswer', '{"question":"hello"}');
}

/** Until nothing is left to spend on either key; the first is known by the second, which serves. */
async function spendAll(): Promise<void> {
  service.simulator.behave(noQuota, { key: bad });
  for (let time = 0; time < 2; time += 1) expect((await ask()).status).toBe(200);
  service.simulator.behave(noQuota);
  expect((await ask()).status).toBe(503);
}

function arrived(count: number): Promise<void> {
  return until(`${count} events have come`, () => deliveries.length >= count);
}

describe('the webhook', () => {
  it('is told of keys that are invalid or exhausted, signed', async () => {
    service.simulator.behave({ status: 401, echoKey: true, times: 1 }, { key: bad });
    await ask();
    await arrived(1);
    const [{ headers, text, event }] = deliveries as [Delivery];
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_\w{22}$/) as string,
      type: 'key.invalid',
      at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      key: expect.objectContaining({
        id: expect.stringMatching(/^key_/) as string,
        lastFour: 'WXYZ',
        state: 'invalid',
        reason: 'rejected',
        lastError: '401 invalid_api_key',
      }) as Record<string, unknown>,
    });
    expect(headers['content-type']).toBe('application/json');
    expect(headers['webhook-id']).toBe(event.id);
    const time = String(headers['webhook-timestamp']);
    expect(Math.abs(Number(time) * 1_000 - service.clock.now())).toBeLessThan(60_000);
    const hmac = createHmac('sha256', secret).update(`${event.id}.${time}.${text}`);
    expect(headers['webhook-signature']).toBe(`v1,${hmac.digest('base64')}`);
    expect(text).not.toContain(bad.slice(0, 12));
  });

  it('is told when no key is left, and when one is back', async () => {
    await spendAll();
    await arrived(3);
    const key = await new Operator(service).key('WXYZ');
    await new Operator(service).call('POST', `/${key.id}/enable`);
    await arrived(4);
    const types = deliveries.map(({ event }) => event.type);
    expect(types).toEqual(['key.exhausted', 'key.exhausted', 'pool.empty', 'pool.recovered']);
    expect(deliveries[3]!.event.key).toMatchObject({ lastFour: 'WXYZ', state: 'active' });
    expect(new Set(deliveries.map(({ event }) => event.id)).size).toBe(4);
  });

  it('is told that one is back when it is added', async () => {
    await spendAll();
    await new Operator(service).add('sk-added-later-ADD1');
    await arrived(4);
    expect(deliveries[3]!.event).toMatchObject({ type: 'pool.recovered', key: null });
  });

  it('is told nothing of rate limits', async () => {
    service.simulator.behave({ status: 429, headers: { 'retry-after': '30' } });
    await ask();
    service.simulator.reset();
    service.clock.advance(30_000);
    await spendAll();
    await arrived(3);
    expect(deliveries[0]!.event.type).toBe('key.exhausted');
  });

  it.each([500, 404, 302])('is told again when it answers %i', async (status) => {
    statuses = [status];
    service.simulator.behave({ status: 401, times: 1 }, { key: bad });
    expect((await ask()).status).toBe(200);
    await arrived(2);
    expect(deliveries[1]!.text).toBe(deliveries[0]!.text);
    expect(service.log.text).toContain(`"problem":"status ${status}"`);
    expect(service.log.text).not.toContain('secret-path');
  });

  it('holds up no call when it does not answer', async () => {
    receiver.closeAllConnections();
    receiver.close();
    service.simulator.behave({ status: 401, times: 1 }, { key: bad });
    expect((await ask()).status).toBe(200);
    await until('it was tried', () => service.log.text.includes('webhook.failed'));
    expect((await ask()).status).toBe(200);
    expect(service.log.text).not.toContain('secret-path');
  });
});
