import { requestLines } from '../support/log-lines.js';
import { useService } from '../support/use-service.js';

const adminToken = 'admin-token-of-some-length';
const metricsToken = 'metrics-token-of-some-length';

const { service, caller } = useService({
  ADMIN_TOKEN: adminToken,
  METRICS_TOKEN: metricsToken,
  TRUST_PROXY: 'loopback',
});

/** Asks with a token from an address. */
function ask(path: string, token: string, address: string) {
  return caller.get(path, { authorization: `Bearer ${token}`, 'x-forwarded-for': address });
}

const places = ['/admin/keys/summary', '/metrics', '/v1/conversations'];

describe('wrong tokens of operators', () => {
  it.each(places)('are not listened to beyond ten a minute from one address: %s', (path) =>
    service.clock.standingStill(async () => {
      const [address, other] = [`203.0.113.${path.length}`, '198.51.100.1'];
      const right = path === '/metrics' ? metricsToken : adminToken;
      for (let guess = 0; guess < 10; guess += 1) {
        expect((await ask(path, `wrong-${guess}`, address)).status).toBe(401);
      }
      service.clock.advance(20_000);
      const refused = await ask(path, right, address);
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '40']);
      expect((await ask(path, right, other)).status).toBe(200);
      service.clock.advance(40_000);
      expect((await ask(path, right, address)).status).toBe(200);
      expect((await ask(path, 'wrong', address)).status).toBe(401);
    }),
  );

  it('are counted, with one line each in the log', async () => {
    const before = await failures();
    service.log.lines.length = 0;
    await ask('/admin/keys', 'wrong', '192.0.2.1');
    expect(await failures()).toBe(before + 1);
    expect(service.log.lines.filter((line) => line.includes('/admin/keys'))).toHaveLength(1);
    expect(requestLines(service.log)).toHaveLength(2);
  });

  it('are not those of who sends none', async () => {
    const address = { 'x-forwarded-for': '192.0.2.2' };
    for (let call = 0; call < 11; call += 1) {
      expect((await caller.get('/admin/keys', address)).status).toBe(401);
    }
  });
});

async function failures(): Promise<number> {
  const { text } = await ask('/metrics', metricsToken, '192.0.2.3');
  return Number(/^alice_operator_auth_failures_total (\d+)$/m.exec(text)?.[1]);
}
