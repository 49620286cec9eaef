import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type OpenAI from 'openai';
import { InFlightCalls } from '../../src/platform/lifecycle/in-flight-calls.js';
import { token } from '../support/service.js';
import { passHalfAMinute } from '../support/unread-answers.js';
import { until } from '../support/until.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const model = 'gpt-6-luna';
/** More events than the sockets between the two take, of a text that may be kept. */
const large = { pieces: 24_000, pieceBytes: 160 };
let service: OpenAiService;
let client: OpenAI;
let socket: Socket | null = null;

beforeAll(async () => {
  service = await startOpenAiService({ TURN_LEASE_SECONDS: '3600' });
  ({ client } = service);
});
afterAll(() => service.close());
afterEach(() => {
  socket?.destroy();
  jest.restoreAllMocks();
  service.simulator.reset();
});

/** Follows a response and reads nothing of it. */
async function openUnread(id: string): Promise<Socket> {
  const { hostname, port } = new URL(service.url);
  const opened = connect(Number(port), hostname).pause();
  await once(opened, 'connect');
  opened.write(
    `GET /v1/responses/${id}?stream=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
      `Authorization: Bearer ${token}\r\n\r\n`,
  );
  return opened;
}

async function readAll(from: Socket): Promise<string> {
  let text = '';
  from.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  from.resume();
  await once(from, 'close');
  return text;
}

async function begin(): Promise<string> {
  const options = { model, input: 'x', background: true, stream: true } as const;
  const stream = await client.responses.create(options);
  for await (const event of stream) {
    if (event.type === 'response.created') return event.response.id;
  }
  throw new Error('No response was created');
}

function statusOf(id: string): Promise<string | undefined> {
  return client.responses.retrieve(id).then(({ status }) => status);
}

function untilStatus(id: string, status: string): Promise<void> {
  return until(`the response is ${status}`, async () => (await statusOf(id)) === status);
}

const running = () => service.app.get(InFlightCalls).count();

describe('who follows a response and stops reading', () => {
  it('does not hold it up, and hears that events are lost when it falls too far behind', async () => {
    service.simulator.behave({ ...large, holdAfterPieces: 1 });
    const id = await begin();
    socket = await openUnread(id);
    await until('it is followed', () => running() === 2);
    await until('it is released', () => {
      service.simulator.release();
      return (service.simulator.calls[0]?.piecesSent ?? 0) > 1;
    });
    await untilStatus(id, 'completed');
    expect(running()).toBe(1);
    const text = await readAll(socket);
    expect(text).toContain('event: response.created\n');
    expect(text).not.toContain('event: response.completed\n');
    expect(text).toMatch(
      /data: \{"error":\{"message":"The events of the response 'resp_\w+' cannot be read/,
    );
    await until('it is gone', () => running() === 0);
  });

  it('for too long counts as gone, which the response is not', async () => {
    service.simulator.behave({ ...large, holdAfterPieces: 1 });
    const id = await begin();
    socket = await openUnread(id);
    await until('it is followed', () => running() === 2);
    const closed = once(socket, 'close');
    await until('it is released', () => {
      service.simulator.release();
      return (service.simulator.calls[0]?.piecesSent ?? 0) > 1;
    });
    await untilStatus(id, 'completed');
    await until('it counts as gone', async () => {
      await passHalfAMinute(service);
      return running() === 0;
    });
    socket.resume();
    await closed;
  });
});

describe('who follows a response that is silent', () => {
  it('is kept awake, and heard when it leaves', async () => {
    const { setInterval: set } = globalThis;
    jest
      .spyOn(globalThis, 'setInterval')
      .mockImplementation(((work: () => void, ms: number) =>
        set(work, ms === 15_000 ? 30 : ms)) as typeof setInterval);
    service.simulator.behave({ neverAnswer: true });
    const id = await begin();
    socket = await openUnread(id);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).resume();
    await until('comments came', () => text.split(': waiting\n\n').length > 3);
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(text).toContain('Content-Type: text/event-stream');
    expect(running()).toBe(2);
    socket.destroy();
    await until('it is gone', () => running() === 1);
    expect(await statusOf(id)).toBe('in_progress');
    await client.responses.cancel(id);
    await until('nothing runs', () => running() === 0);
  });
});
