import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { generatedPiece } from '../../tools/simulator/answers.js';
import { readEventStream } from '../support/caller.js';
import { oneTurn, conversationWithOneTurn } from '../support/conversation-check.js';
import { token } from '../support/service.js';
import { untilFree } from '../support/stored.js';
import { passHalfAMinute } from '../support/unread-answers.js';
import { until } from '../support/until.js';
import { useService } from '../support/use-service.js';

const pieces = 3_000;
const pieceBytes = 16_384;
let id: string;
let socket: Socket;

const { service, caller } = useService({
  UPSTREAM_IDLE_TIMEOUT_MS: '1500',
  TURN_LEASE_SECONDS: '3600',
});
beforeEach(async () => {
  id = await conversationWithOneTurn(service, caller);
});
afterEach(() => {
  socket.destroy();
});

/** Sends a streamed call and reads nothing of its answer. */
async function openUnread(path: string, body: string, header = ''): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const opened = connect(Number(port), hostname).pause();
  await once(opened, 'connect');
  opened.write(
    `POST /chatgpt/${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\ntoken: ${token}\r\n` +
      `conversation: ${id}\r\nAccept: text/event-stream\r\n${header}` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  return opened;
}

function piecesSent(): number {
  return service.simulator.calls[0]?.piecesSent ?? 0;
}

/** Until the upstream has sent nothing more for a hundred looks in a row. */
async function untilPaused(): Promise<void> {
  let seen = -1;
  let sameLooks = 0;
  await until('the upstream is paused', () => {
    sameLooks = piecesSent() === seen ? sameLooks + 1 : 0;
    seen = piecesSent();
    return seen > 0 && sameLooks >= 100;
  });
}

/** The body of an answer in chunked encoding. */
function unchunked(bytes: Buffer): string {
  const parts: Buffer[] = [];
  let place = bytes.indexOf('\r\n\r\n') + 4;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', place);
    const size = Number.parseInt(bytes.toString('latin1', place, lineEnd), 16);
    if (!(size > 0)) return Buffer.concat(parts).toString('utf8');
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    place = lineEnd + 2 + size + 2;
  }
}

async function readAll(from: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  from.on('data', (chunk: Buffer) => chunks.push(chunk));
  from.resume();
  await once(from, 'end');
  return Buffer.concat(chunks);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe('a caller that stops reading', () => {
  it('makes the upstream wait, and gets the exact text when it reads on', async () => {
    service.simulator.behave({ pieces, pieceBytes });
    socket = await openUnread('quickAnswer', '{"question":"hello"}');
    await service.simulator.waitForCalls(1);
    await untilPaused();
    // What the service holds is at most what came; the rest of it is in the kernel's socket buffers.
    expect(piecesSent()).toBeLessThan(pieces / 2);
    expect(service.simulator.running()).toBe(1);
    const { text, done } = readEventStream(unchunked(await readAll(socket)));
    expect(done).toBe(true);
    const sent = Array.from({ length: pieces }, (_, index) => generatedPiece(index, pieceBytes));
    expect(hash(text)).toBe(hash(sent.join('')));
  });

  it('does not hold up other callers', async () => {
    service.simulator.behave({ pieces, pieceBytes });
    socket = await openUnread('quickAnswer', '{"question":"hello"}');
    await service.simulator.waitForCalls(1);
    await untilPaused();
    service.simulator.behave({});
    expect(await caller.chat(id, 'meanwhile')).toMatchObject({ status: 200 });
  });

  it('that leaves then has its turn ended and its conversation freed', async () => {
    service.simulator.behave({ pieces, pieceBytes });
    socket = await openUnread('chat', 'hello');
    await service.simulator.waitForCalls(1);
    await untilPaused();
    socket.destroy();
    await service.simulator.waitForOutcome(0, 'left');
    await untilFree(service.databaseFile, id);
    expect(await caller.sentences(id)).toEqual(oneTurn);
  });

  it('for too long counts as gone: its turn is ended and its conversation freed', async () => {
    service.simulator.behave({ pieces, pieceBytes });
    socket = await openUnread('chat', 'hello');
    await service.simulator.waitForCalls(1);
    await untilPaused();
    await passHalfAMinute(service);
    await service.simulator.waitForOutcome(0, 'left');
    await untilFree(service.databaseFile, id);
    expect(await caller.sentences(id)).toEqual(oneTurn);
    service.simulator.reset();
    expect(await caller.chat(id, 'next')).toMatchObject({ status: 200 });
  });

  it('for too long is left behind by a call with an Idempotency-Key, which goes on', async () => {
    const long = { pieces: 600, pieceBytes };
    service.simulator.behave(long);
    socket = await openUnread('chat', 'hello', 'Idempotency-Key: slow\r\n');
    await service.simulator.waitForCalls(1);
    await untilPaused();
    await passHalfAMinute(service);
    await service.simulator.waitForOutcome(0, 'answered');
    await untilFree(service.databaseFile, id);
    const sentences = (await caller.sentences(id)) as string[];
    expect(sentences.at(-1)).toHaveLength(long.pieces * pieceBytes);
    // Its answer is too large to be sent again, and it is not given twice.
    const again = { accept: 'text/event-stream', 'idempotency-key': 'slow' };
    expect((await caller.chat(id, 'hello', again)).status).toBe(422);
    expect(service.simulator.totalCalls).toBe(1);
  });
});
