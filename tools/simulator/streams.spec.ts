import { once } from 'node:events';
import { connect } from 'node:net';
import { generatedPiece } from './answers.js';
import type { Behaviour } from './behaviour.js';
import {
  ask,
  chunksOf,
  completionIn,
  payloadsOf,
  piecesOf,
  plainTextOf,
} from './simulator-client.js';
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

async function streamOf(behaviour: Behaviour, body: Record<string, unknown> = {}): Promise<string> {
  simulator.behave(behaviour);
  const response = await ask(simulator, { stream: true, ...body });
  return response.text();
}

describe('a stream of chat completions', () => {
  it('has role, pieces, finish reason, usage and [DONE]', async () => {
    const body = { stream_options: { include_usage: true } };
    const stream = await streamOf({ answer: ['Hel', 'lo'] }, body);
    expect(payloadsOf(stream).at(-1)).toBe('[DONE]');
    const chunks = chunksOf(stream);
    expect(chunks.map(({ choices, usage }) => [choices[0] ?? null, usage])).toEqual([
      [choice({ role: 'assistant', content: '' }), null],
      [choice({ content: 'Hel' }), null],
      [choice({ content: 'lo' }), null],
      [choice({}, 'stop'), null],
      [null, expect.objectContaining({ completion_tokens: 2 }) as object],
    ]);
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
    expect(chunks[0]).toMatchObject({ object: 'chat.completion.chunk', model: 'gpt-6-luna' });
    expect(simulator.calls[0]).toMatchObject({ outcome: 'answered', piecesSent: 2 });

    function choice(delta: object, finishReason: string | null = null): object {
      return { index: 0, delta, logprobs: null, finish_reason: finishReason };
    }
  });

  it('has no usage unless asked', async () => {
    expect(await streamOf({})).not.toContain('usage');
    const asked = { stream_options: { include_usage: true } };
    expect(await streamOf({ omitUsage: true }, asked)).not.toContain('usage');
  });

  it('says the same as the plain answer', async () => {
    const messages = [{ role: 'user', content: '困的时候 can I sleep, 😀?' }];
    const pieces = piecesOf(await streamOf({}, { messages }));
    const plain = await plainTextOf(await ask(simulator, { messages }));
    expect(pieces.join('')).toBe(plain);
    expect(pieces.length).toBeGreaterThan(4);
  });
});

describe('a stream of completions', () => {
  it('has text in its choices', async () => {
    simulator.behave({ answer: ['Hel', 'lo'] });
    const response = await ask(simulator, { stream: true }, { path: '/completions' });
    const stream = await response.text();
    expect(payloadsOf(stream).at(-1)).toBe('[DONE]');
    const chunks = chunksOf(stream);
    expect(chunks.map(({ choices: [choice] }) => [choice?.text, choice?.finish_reason])).toEqual([
      ['Hel', null],
      ['lo', null],
      ['', 'stop'],
    ]);
    expect(chunks[0]).toMatchObject({ object: 'text_completion' });
    expect(chunks[0]?.id).toMatch(/^cmpl-/);
  });
});

describe('the pieces', () => {
  it('may be halves of a character, line breaks or [DONE]', async () => {
    const answer = ['a\ud83d', '\ude00', '\r\n', '[DONE]', '\n'];
    const stream = await streamOf({ answer });
    expect(stream).toContain(String.raw`"a\ud83d"`);
    expect(piecesOf(stream)).toEqual(answer);
    const plain = await plainTextOf(await ask(simulator));
    expect(plain).toBe('a😀\r\n[DONE]\n');
  });

  it('may be none', async () => {
    expect(piecesOf(await streamOf({ answer: '' }))).toEqual([]);
  });

  it('may be generated, of a given size', async () => {
    const pieces = piecesOf(await streamOf({ pieces: 3, pieceBytes: 60 }));
    expect(pieces).toEqual([0, 1, 2].map((index) => generatedPiece(index, 60)));
    expect(pieces.map((piece) => piece.length)).toEqual([60, 60, 60]);
    const plain = await plainTextOf(await ask(simulator));
    expect(plain).toBe(pieces.join(''));
  });

  it('come no faster than asked', async () => {
    const start = performance.now();
    const stream = await streamOf({ pieces: 4, pieceDelayMs: 20, firstByteDelayMs: 30 });
    expect(piecesOf(stream)).toHaveLength(4);
    expect(performance.now() - start).toBeGreaterThanOrEqual(90);
  });
});

/** The parts of a body with `Transfer-Encoding: chunked`: one for each write of the server. */
function httpChunksOf(response: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  let position = response.indexOf('\r\n\r\n') + 4;
  while (position < response.length) {
    const lineEnd = response.indexOf('\r\n', position);
    const start = lineEnd + 2;
    const size = Number.parseInt(response.toString('latin1', position, lineEnd), 16);
    if (!(size > 0)) break;
    chunks.push(response.subarray(start, start + size));
    position = start + size + 2;
  }
  return chunks;
}

describe('the framing', () => {
  it('can end lines with CR LF and have comments between pieces', async () => {
    const stream = await streamOf({
      answer: ['a', 'b'],
      lineEnding: '\r\n',
      commentEveryPiece: true,
    });
    expect(stream.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(stream.match(/: ping\r\n\r\n/g)).toHaveLength(1);
    expect(piecesOf(stream)).toEqual(['a', 'b']);
  });

  it('can be cut into slices anywhere', async () => {
    simulator.behave({ answer: ['困的', '😀'], sliceBytes: 3 });
    const socket = connect(Number(new URL(simulator.baseUrl).port), '127.0.0.1');
    const body = '{"model":"m","stream":true,"messages":[{"role":"user","content":"?"}]}';
    // Not end(): a server of node:http takes a half-closed connection for a client that left.
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k\r\n' +
        `Connection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const received: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => received.push(bytes));
    await once(socket, 'close');
    const chunks = httpChunksOf(Buffer.concat(received));
    expect(new Set(chunks.slice(0, -1).map(({ length }) => length))).toEqual(new Set([3]));
    expect(piecesOf(Buffer.concat(chunks).toString())).toEqual(['困的', '😀']);
  });
});

describe('the end', () => {
  it('can lack its finish reason, or let it ride with the last piece', async () => {
    expect(await streamOf({ finishReason: null })).not.toContain('"finish_reason":"');
    expect(await streamOf({ finishReason: 'length' })).toContain('"finish_reason":"length"');
    const last = payloadsOf(await streamOf({ answer: ['a', 'b'], finishWithLastPiece: true })).at(
      -2,
    );
    expect(completionIn(last ?? '')).toMatchObject({
      choices: [{ delta: { content: 'b' }, finish_reason: 'stop' }],
    });
  });

  it('can lack its [DONE]', async () => {
    const stream = await streamOf({ omitDone: true });
    expect(stream).toContain('"finish_reason":"stop"');
    expect(stream).not.toContain('[DONE]');
  });
});

describe('back-pressure', () => {
  it('stops the pieces while the caller does not read, and the call when it leaves', async () => {
    simulator.behave({ pieces: 1_000_000, pieceBytes: 1_000 });
    const leaving = new AbortController();
    await ask(simulator, { stream: true }, { signal: leaving.signal });
    await simulator.waitForCalls(1);
    leaving.abort();
    await simulator.waitForOutcome(0, 'left');
    expect(simulator.calls[0]?.piecesSent).toBeGreaterThan(0);
    expect(simulator.calls[0]?.piecesSent).toBeLessThan(100_000);
    expect(simulator.running()).toBe(0);
  });

  it('loses nothing to a slow reader', async () => {
    const pieces = piecesOf(await streamOf({ pieces: 5_000, pieceBytes: 500 }));
    expect(pieces).toHaveLength(5_000);
    expect(pieces.at(-1)).toBe(generatedPiece(4_999, 500));
  });
});
