import type { Behaviour } from './behaviour.js';
import { ask, payloadsOf, piecesOf } from './simulator-client.js';
import { startSimulator } from './simulator.js';
import type { Simulator } from './simulator.js';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterEach(() => {
  simulator.reset();
});

afterAll(() => simulator.close());

/** Reads until the text has come that is waited for, and leaves the stream open. */
async function readUntil(response: Response, text: string): Promise<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';
  while (!received.includes(text)) {
    const part = await reader?.read();
    if (part === undefined || part.done) throw new Error(`The stream ended before '${text}'.`);
    received += part.value;
  }
  return received;
}

describe('silence', () => {
  it.each<Behaviour>([
    { neverAnswer: true },
    { holdBeforeAnswer: true },
    { firstByteDelayMs: 60_000 },
  ])('before the answer ends when the caller leaves: %j', async (behaviour) => {
    simulator.behave(behaviour);
    const leaving = new AbortController();
    const answer = ask(simulator, {}, { signal: leaving.signal });
    await simulator.waitForCalls(1);
    expect(simulator.calls[0]?.outcome).toBe('running');
    leaving.abort();
    await expect(answer).rejects.toThrow('aborted');
    await simulator.waitForOutcome(0, 'left');
  });

  it.each<[Behaviour, string, number]>([
    [{ answer: ['a', 'b', 'c'], stallAfterPieces: 2 }, '"b"', 2],
    [{ answer: ['a', 'b', 'c'], stallAfterPieces: 0 }, '"assistant"', 0],
    [{ answer: ['a', 'b', 'c'], stallAfterFinish: true }, '"stop"', 3],
    [{ pieces: 100, pieceDelayMs: 60_000 }, '"0 ', 1],
  ])('within a stream: %j', async (behaviour, lastText, piecesSent) => {
    simulator.behave(behaviour);
    const leaving = new AbortController();
    const response = await ask(simulator, { stream: true }, { signal: leaving.signal });
    const received = await readUntil(response, lastText);
    expect(received).not.toContain('[DONE]');
    expect(simulator.calls[0]).toMatchObject({ outcome: 'running', piecesSent });
    leaving.abort();
    await simulator.waitForOutcome(0, 'left');
  });

  it('of a completions stream without a piece still has headers', async () => {
    simulator.behave({ stallAfterPieces: 0 });
    const leaving = new AbortController();
    const options = { path: '/completions', signal: leaving.signal };
    expect((await ask(simulator, { stream: true }, options)).status).toBe(200);
    leaving.abort();
    await simulator.waitForOutcome(0, 'left');
  });

  it('ends at release', async () => {
    simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const response = await ask(simulator, { stream: true });
    await simulator.waitForCalls(1);
    expect(simulator.calls[0]).toMatchObject({ outcome: 'running', piecesSent: 1 });
    simulator.release();
    expect(piecesOf(await response.text())).toEqual(['a', 'b']);
  });
});

describe('a broken connection', () => {
  it('before the answer is a reset', async () => {
    simulator.behave({ resetConnection: true });
    await expect(ask(simulator)).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } });
    await simulator.waitForOutcome(0, 'failed');
  });

  it('within a stream comes after the pieces', async () => {
    simulator.behave({ answer: ['a', 'b', 'c'], cutAfterPieces: 2 });
    const response = await ask(simulator, { stream: true });
    await expect(response.text()).rejects.toThrow('terminated');
    expect(simulator.calls[0]).toMatchObject({ outcome: 'failed', piecesSent: 2 });
  });

  it('within a stream loses none of a large part that was sent', async () => {
    simulator.behave({ pieces: 3_000, pieceBytes: 500, cutAfterPieces: 2_999 });
    const response = await ask(simulator, { stream: true });
    expect(await readUntil(response, '"2998 ')).not.toContain('"2999 ');
    await simulator.waitForOutcome(0, 'failed');
  });

  it.each([0, 10])('within a plain body comes after %i bytes', async (cutPlainBodyAfterBytes) => {
    simulator.behave({ cutPlainBodyAfterBytes });
    const response = await ask(simulator);
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100);
    await expect(response.text()).rejects.toThrow('terminated');
    await simulator.waitForOutcome(0, 'failed');
  });
});

describe('a broken stream', () => {
  it('can end cleanly without a finish reason', async () => {
    simulator.behave({ answer: ['a', 'b'], endAfterPieces: 1 });
    const stream = await (await ask(simulator, { stream: true })).text();
    expect(piecesOf(stream)).toEqual(['a']);
    expect(stream).not.toMatch(/"stop"|DONE/);
    await simulator.waitForOutcome(0, 'failed');
  });

  it('can have a malformed chunk and go on', async () => {
    simulator.behave({ answer: ['a', 'b'], malformedAfterPieces: 1 });
    const payloads = payloadsOf(await (await ask(simulator, { stream: true })).text());
    expect(payloads[2]).toBe('{"broken');
    expect(payloads.at(-1)).toBe('[DONE]');
  });

  it('can end with an error chunk', async () => {
    const error = { message: 'Overloaded', code: 'overloaded' };
    simulator.behave({ answer: ['a', 'b'], errorAfterPieces: 1, error, echoKey: true });
    const payloads = payloadsOf(await (await ask(simulator, { stream: true })).text());
    expect(payloads).toHaveLength(3);
    expect(JSON.parse(payloads[2] ?? '')).toEqual({
      error: {
        message: 'Overloaded (API key: sk-test)',
        type: 'server_error',
        param: null,
        code: 'overloaded',
      },
    });
  });
});
