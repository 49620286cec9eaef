import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readSettings } from '../config/read-settings.js';
import { ManualClock } from '../../test/support/manual-clock.js';
import { KeyWebhook } from './key-webhook.js';

let receiver: Server;

beforeEach(async () => {
  receiver = createServer();
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
});
afterEach(() => {
  receiver.closeAllConnections();
  receiver.close();
});

/** The headers that an event comes with. */
async function headersUnder(secret: string): Promise<IncomingHttpHeaders> {
  const { port } = receiver.address() as AddressInfo;
  const settings = readSettings({
    KEY_EVENTS_WEBHOOK_URL: `http://127.0.0.1:${port}`,
    KEY_EVENTS_WEBHOOK_SECRET: secret,
  });
  const clock = new ManualClock();
  const webhook = new KeyWebhook(settings, clock);
  const came = new Promise<IncomingHttpHeaders>((resolve) => {
    receiver.once('request', (request, response) => {
      resolve(request.headers);
      response.writeHead(204).end();
    });
  });
  webhook.send({ id: 'evt_1', type: 'pool.empty', at: '2023-11-14T22:13:20.999Z', key: null });
  return came;
}

const signed =
  'evt_1.1000.{"id":"evt_1","type":"pool.empty","at":"2023-11-14T22:13:20.999Z","key":null}';

describe('the signature of an event', () => {
  it.each<[string, string, string | Buffer]>([
    ['the text itself', 'the webhook secret', 'the webhook secret'],
    [
      'the bytes behind whsec_',
      'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64'),
    ],
  ])('is that of Standard Webhooks, under %s', async (_what, secret, key) => {
    const headers = await headersUnder(secret);
    expect(headers['webhook-id']).toBe('evt_1');
    expect(headers['webhook-timestamp']).toBe('1000');
    const signature = createHmac('sha256', key).update(signed).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });
});
