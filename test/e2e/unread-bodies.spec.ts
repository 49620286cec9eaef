import type { Socket } from 'node:net';
import { openSocket, readAnswer } from '../support/raw-request.js';
import { token } from '../support/service.js';
import { useService } from '../support/use-service.js';

const hundredMegabytes = 100_000_000;
let sockets: Socket[] = [];

const { service, caller } = useService();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
});

/** Sends the beginning of a request and never more. */
async function begin(path: string, headers: string[], part = '') {
  const socket = await openSocket(service.url);
  sockets.push(socket);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${headers.join('\r\n')}\r\n\r\n${part}`,
  );
  return readAnswer(socket);
}

const posts = ['create', 'chat', 'summary', 'quickAnswer'];

describe.each(posts)('POST /chatgpt/%s before its body has come', (path) => {
  it.each([
    ['no token', []],
    ['a wrong token', ['token: wrong']],
  ])('answers a stranger with %s at once', async (_title, credentials) => {
    const length = `Content-Length: ${hundredMegabytes}`;
    const answer = await begin(`/chatgpt/${path}`, [...credentials, length]);
    expect(answer).toEqual({ status: 401, text: 'Auth failed' });
  });

  it('answers a stranger at once who sends in chunks', async () => {
    const answer = await begin(`/chatgpt/${path}`, ['Transfer-Encoding: chunked']);
    expect(answer).toEqual({ status: 401, text: 'Auth failed' });
  });

  it('refuses a body that is announced too large', async () => {
    const headers = [`token: ${token}`, `Content-Length: ${hundredMegabytes}`];
    const answer = await begin(`/chatgpt/${path}`, headers, 'only a bit');
    expect(answer.status).toBe(413);
  });

  it('refuses a body in chunks as soon as it is too large', async () => {
    const chunk = 'x'.repeat(0x8000);
    const chunks = `8000\r\n${chunk}\r\n`.repeat(33);
    const headers = [`token: ${token}`, 'Transfer-Encoding: chunked'];
    const answer = await begin(`/chatgpt/${path}`, headers, chunks);
    expect(answer.status).toBe(413);
  });
});

describe('a body that ends too early', () => {
  it('changes nothing, and the service goes on', async () => {
    const id = await caller.create();
    const socket = await openSocket(service.url);
    const headers = [`token: ${token}`, `conversation: ${id}`, 'Content-Length: 10'];
    socket.end(
      `POST /chatgpt/chat HTTP/1.1\r\nHost: localhost\r\n${headers.join('\r\n')}\r\n\r\nhalf`,
    );
    await readAnswer(socket).catch(() => null);
    expect(await caller.sentences(id)).toEqual([]);
    expect(service.simulator.totalCalls).toBe(0);
    expect((await caller.chat(id, 'Q')).status).toBe(200);
  });
});
