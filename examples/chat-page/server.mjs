// A chat page and what stands between it and Alice: the browser never has the TOKEN.
//   TOKEN=alice node chat-page/server.mjs       (the service with AUTH_MODE=normal, the same TOKEN)
//
// A demo: there is no login, so whoever reaches this server spends your keys. Before it leaves your
// machine, put your product's own login and a limit for each user in front of `calls`.
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const { ALICE_URL: alice = 'http://localhost:7777', TOKEN: secret, PORT = '8080' } = process.env;
const mostBytes = 65_536;
const sha256 = (text, encoding) => createHash('sha256').update(text).digest(encoding);

const page = readFileSync(new URL('index.html', import.meta.url), 'utf8');
/** Only this very script and this very style may run, whatever else gets into the page. */
const hashOf = (tag) => {
  const [, text] = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(page);
  return `'sha256-${sha256(text, 'base64')}'`;
};
const policy = [
  "default-src 'none'",
  `script-src ${hashOf('script')}`,
  `style-src ${hashOf('style')}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** POST /chatgpt/path with a pair of uuid and token that works once. */
function post(path, { body = '', headers = {}, signal } = {}) {
  const uuid = randomUUID();
  return fetch(`${alice}/chatgpt/${path}`, {
    method: 'POST',
    headers: { uuid, token: sha256(secret + uuid, 'hex'), ...headers },
    body,
    signal,
  });
}

/** The conversation's id is as good as a password: in a cookie that no script can read. */
function conversationOf({ headers }) {
  return /(?:^|; )conversation=(conv_\w+)/.exec(headers.cookie ?? '')?.[1];
}
const cookie = (id, seconds) =>
  `conversation=${id}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}`;

async function textOf(request) {
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  }
  return bytes > mostBytes ? null : Buffer.concat(chunks).toString('utf8');
}

/** Whatever the page may POST, and Alice's own answer to it; undefined where there is nothing to ask. */
const calls = {
  '/ask': async (request, response, signal) => {
    const body = await textOf(request);
    if (body === null) return new Response('The question is too long', { status: 413 });
    let conversation = conversationOf(request);
    if (conversation === undefined) {
      const created = await post('createTurbo', { body: 'You are a patient teacher.', signal });
      if (!created.ok) return created;
      conversation = await created.text();
      response.setHeader('set-cookie', cookie(conversation, 86_400));
    }
    const headers = { conversation, accept: 'text/event-stream' };
    const asked = await post('chat', { body, headers, signal });
    // Finished or expired: the next question begins another one.
    if (asked.status === 404) response.setHeader('set-cookie', cookie('', 0));
    return asked;
  },
  '/history': (request, _response, signal) => {
    const conversation = conversationOf(request);
    return conversation && post('contextArray', { headers: { conversation }, signal });
  },
  '/finish': (request, response, signal) => {
    const conversation = conversationOf(request);
    response.setHeader('set-cookie', cookie('', 0));
    return conversation && post('finish', { headers: { conversation }, signal });
  },
};

async function handle(request, response) {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  // A page of another site can have its own name point here.
  if (!/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(request.headers.host ?? '')) {
    return void response.writeHead(421).end('This server is not called that');
  }
  if (request.method === 'GET' && request.url === '/') {
    response.setHeader('content-security-policy', policy);
    response.setHeader('content-type', 'text/html; charset=utf-8');
    return void response.end(page);
  }
  const isCall = request.method === 'POST' && Object.hasOwn(calls, request.url);
  if (!isCall) return void response.writeHead(404).end('Not found');
  // Pages of other sites may not ask in the user's name.
  if ((request.headers['sec-fetch-site'] ?? 'same-origin') !== 'same-origin') {
    return void response.writeHead(403).end('Only for the page of this server');
  }
  // A reader that leaves ends the call to the model too.
  const left = new AbortController();
  response.once('close', () => left.abort());
  const answered = await calls[request.url](request, response, left.signal);
  if (answered === undefined) return void response.writeHead(204).end();
  response.statusCode = answered.status;
  for (const name of ['content-type', 'retry-after']) {
    const value = answered.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  await pipeline(Readable.fromWeb(answered.body), response);
}

if (!secret) throw new Error('TOKEN is not set');
const server = createServer((request, response) => {
  handle(request, response).catch((error) => {
    if (response.closed || response.destroyed) return;
    console.error(error);
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end('The chat service cannot be reached');
  });
});
server.listen(Number(PORT), '127.0.0.1', () => {
  console.log(`Listening on http://127.0.0.1:${server.address().port}`);
});
