// Receives the events of keys (KEY_EVENTS_WEBHOOK_URL) and believes only what is signed.
//   KEY_EVENTS_WEBHOOK_SECRET=... PORT=8787 node webhook-receiver.mjs
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import process from 'node:process';

const { KEY_EVENTS_WEBHOOK_SECRET: secret, HOST = '127.0.0.1', PORT = '8787' } = process.env;
const mostBytes = 65_536;
/** How far the sender's clock and this one may be apart; after that a captured delivery is void. */
const toleranceS = 300;
/** An event that was not answered is sent again for about twenty minutes, with the same id. */
const rememberedMs = 3_600_000;

/** Ids of events that were acted on. With several receivers, keep them where all can see them. */
const seen = new Map();

/** Whatever is to be done about an event: tell somebody, open a ticket. */
function act({ type, at, key }) {
  console.log(`${at} ${type}${key === null ? '' : ` ${key.id}`}`);
}

/** Whether the headers of Standard Webhooks are of this body, and of now; its libraries do the same. */
function isSigned(body, headers) {
  const id = headers['webhook-id'] ?? '';
  const time = /^\d{1,12}$/.exec(headers['webhook-timestamp'] ?? '')?.[0];
  const [, signature] = /^v1,([\w+/]{43}=)$/.exec(headers['webhook-signature'] ?? '') ?? [];
  if (time === undefined || signature === undefined) return false;
  if (Math.abs(Date.now() / 1_000 - Number(time)) > toleranceS) return false;
  const [, encoded] = /^whsec_(.+)$/.exec(secret) ?? [];
  const key = encoded === undefined ? secret : Buffer.from(encoded, 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest();
  // A comparison that ends at the first difference would tell how much of a guess was right.
  return timingSafeEqual(Buffer.from(signature, 'base64'), expected);
}

/** The body as it came: parsed and written again it might not have the same signature. */
async function bodyOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes > mostBytes ? null : Buffer.concat(chunks);
}

/** @returns the status of the answer: anything but 2xx makes the service send the event again */
async function receive(request) {
  if (request.method !== 'POST') return 405;
  const body = await bodyOf(request);
  if (body === null) return 413;
  if (!isSigned(body, request.headers)) return 401;
  const event = JSON.parse(body.toString('utf8'));
  const now = Date.now();
  for (const [id, at] of seen) if (now - at > rememberedMs) seen.delete(id);
  // A delivery whose answer got lost, or one that was captured: taken, but not acted on again.
  if (seen.has(event.id)) return 204;
  act(event);
  seen.set(event.id, now);
  return 204;
}

if (!secret) throw new Error('KEY_EVENTS_WEBHOOK_SECRET is not set');
const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    (error) => {
      console.error(error);
      response.writeHead(500).end();
    },
  );
});
server.listen(Number(PORT), HOST, () => {
  console.log(`Listening on http://${HOST}:${server.address().port}`);
});
