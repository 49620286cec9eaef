import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { readEventStream } from '../support/caller.js';
import {
  conversationWithOneTurn,
  expectUntouched,
  oneTurn,
} from '../support/conversation-check.js';
import { storedItems } from '../support/stored.js';
import { useService } from '../support/use-service.js';

const streamed = { accept: 'text/event-stream' };
const aSentence: unknown = expect.stringMatching(/\w+ \w+/);
const answer = ['one ', 'two ', 'three'];
const { service, caller } = useService({ UPSTREAM_IDLE_TIMEOUT_MS: '1500' });
let id: string;

beforeEach(async () => {
  id = await conversationWithOneTurn(service, caller);
});
afterEach(() => {
  service.simulator.reset();
});

describe('a stream that fails after its first piece', () => {
  const faults: [string, Behaviour][] = [
    ['it goes silent', { stallAfterPieces: 2 }],
    ['the connection is cut', { cutAfterPieces: 2 }],
    ['it ends cleanly without a finish_reason', { endAfterPieces: 2 }],
    ['it ends with [DONE] but without a finish_reason', { finishReason: null }],
    ['a chunk is malformed', { malformedAfterPieces: 2 }],
    ['a chunk is an error', { errorAfterPieces: 2 }],
    ['all pieces came, then it ended', { endAfterPieces: 3 }],
    ['all pieces came, then it was cut', { cutAfterPieces: 3 }],
  ];

  it.each(faults)('ends with an error event and keeps nothing: %s', async (_, fault) => {
    service.simulator.behave({ answer, ...fault });
    const { status, text } = await caller.chat(id, 'hello', streamed);
    const read = readEventStream(text);
    expect(status).toBe(200);
    expect(read.pieces.slice(0, 2)).toEqual(['one ', 'two ']);
    expect(read.done).toBe(false);
    expect(text).not.toContain('[DONE]');
    expect(read.error).toMatch(/\w+ \w+/);
    expect(service.simulator.totalCalls).toBe(1);
    await expectUntouched(service, caller, id);
  });

  it.each(faults)('leaves the old answer of a regenerate: %s', async (_, fault) => {
    service.simulator.behave({ answer, ...fault });
    const { text } = await caller.post('regenerate', '', { conversation: id, ...streamed });
    expect(readEventStream(text)).toMatchObject({ done: false, error: aSentence });
    expect(await caller.sentences(id)).toEqual(oneTurn);
  });

  it.each(faults)('ends a quickAnswer the same way: %s', async (_, fault) => {
    service.simulator.behave({ answer, ...fault });
    const { text } = await caller.post('quickAnswer', '{"question":"hello","stream":true}');
    expect(readEventStream(text)).toMatchObject({ done: false, error: aSentence });
  });
});

describe('a stream that fails before its first piece', () => {
  it.each<[string, Behaviour]>([
    ['the connection is cut', { cutAfterPieces: 0 }],
    ['it ends cleanly', { endAfterPieces: 0 }],
    ['a chunk is malformed', { malformedAfterPieces: 0 }],
    ['a chunk is an error', { errorAfterPieces: 0 }],
    ['it has no pieces', { answer: [] }],
    ['its pieces are empty', { answer: ['', ''] }],
  ])('has status 502 and no stream: %s', async (_, fault) => {
    service.simulator.behave({ answer, ...fault });
    const { status, headers } = await caller.chat(id, 'hello', streamed);
    expect(status).toBe(502);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    await expectUntouched(service, caller, id);
  });

  it.each<[string, Behaviour]>([
    ['HTML', { rawBody: '<html><body>Welcome</body></html>', contentType: 'text/html' }],
    ['an error object', { rawBody: '{"error":{"message":"no"}}' }],
    ['broken JSON', { rawBody: '{"choices":[' }],
    ['nothing', { rawBody: '' }],
    ['nothing, as a stream', { rawBody: '', contentType: 'text/event-stream' }],
    ['only [DONE]', { rawBody: 'data: [DONE]\n\n', contentType: 'text/event-stream' }],
    ['a null chunk', { rawBody: 'data: null\n\n', contentType: 'text/event-stream' }],
    ['a number', { rawBody: 'data: 42\n\n', contentType: 'text/event-stream' }],
  ])('has status 502 when the body is %s', async (_, fault) => {
    service.simulator.behave(fault);
    expect(await caller.chat(id, 'hello', streamed)).toMatchObject({ status: 502 });
    await expectUntouched(service, caller, id);
  });

  it('is one where the body is a whole completion instead', async () => {
    service.simulator.behave({ rawBody: '{"choices":[{"message":{"content":"x"}}]}' });
    const { status, text } = await caller.chat(id, 'hello', streamed);
    expect([status, readEventStream(text)]).toMatchObject([200, { text: 'x', done: true }]);
  });

  it('has no end mark when only line feeds came', async () => {
    service.simulator.behave({ answer: ['\n', '\n\n'] });
    const { text } = await caller.chat(id, 'hello', streamed);
    expect(text).not.toContain('[DONE]');
    await expectUntouched(service, caller, id);
  });
});

describe('a stream that had its finish_reason', () => {
  it.each<[string, Behaviour]>([
    ['without [DONE]', { omitDone: true }],
    ['when it goes silent then', { stallAfterFinish: true }],
    ['without usage', { omitUsage: true }],
    ['with the finish_reason in the last piece', { finishWithLastPiece: true }],
    [
      'with it in the last piece and then silence',
      { finishWithLastPiece: true, stallAfterFinish: true },
    ],
    ['with the finish_reason length', { finishReason: 'length' }],
    ['with comments between its pieces', { commentEveryPiece: true }],
    ['with CR LF line ends', { lineEnding: '\r\n' }],
    ['in slices of one byte', { sliceBytes: 1 }],
    ['in slices of seven bytes with CR LF', { sliceBytes: 7, lineEnding: '\r\n' }],
  ])('is complete: %s', async (_, behaviour) => {
    const pieces = ['Zwölf ', '狐狸\n', '🦊', ' Ende'];
    service.simulator.behave({ answer: pieces, ...behaviour });
    const { status, text } = await caller.chat(id, 'hello', streamed);
    expect(status).toBe(200);
    expect(readEventStream(text)).toMatchObject({ text: pieces.join(''), done: true, error: null });
    expect(await caller.sentences(id)).toEqual([...oneTurn, 'hello', pieces.join('')]);
    expect(storedItems(service.databaseFile, id)).toHaveLength(4);
  });
});
