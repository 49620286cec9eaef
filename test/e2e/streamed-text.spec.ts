import { readEventStream } from '../support/caller.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();

/** What the caller must read and the service must keep of an upstream's pieces. */
function expectedText(pieces: string[]): string {
  return pieces.join('').toWellFormed().replaceAll(/\r\n?/g, '\n');
}

/** Streams these pieces through a new conversation. */
async function streamed(answer: string[], sliceBytes?: number) {
  const id = await caller.create('{"stream":true}');
  service.simulator.behave({ answer, ...(sliceBytes === undefined ? {} : { sliceBytes }) });
  const { status, text: body } = await caller.chat(id, 'Q');
  expect(status).toBe(200);
  const sentences = (await caller.sentences(id)) as string[];
  return { body, stored: sentences[1], ...readEventStream(body) };
}

const answers: [title: string, pieces: string[]][] = [
  ['one piece', ['Hello']],
  ['line feeds inside pieces', ['a\nb\n\nc', 'd\n', '\ne']],
  ['pieces of line feeds alone', ['a', '\n', '\n\n', 'b']],
  ['line feeds at both ends', ['\n\nHello', '\n', '\n']],
  ['CR LF inside a piece', ['a\r\nb\r\n\r\nc']],
  ['CR LF cut between pieces', ['a\r', '\nb\r', '\n', '\r', '\nc']],
  ['CR alone', ['a\rb\r', 'c']],
  ['CR after CR', ['a\r\r', '\r', '\r\n\r', 'b']],
  ['CR at the very end', ['a', 'b\r']],
  ['CR LF at the very end', ['a\r', '\n']],
  ['surrogate pairs cut between pieces', ['\ud83d', '\ude00x\ud83d', '\udc4d\ud83c', '\udf89']],
  ['a half of a pair that stays alone', ['a\ud83d', 'b', '\ude00c', '\ud83d']],
  ['CR between the halves of a pair', ['\ud83d', '\r', '\ude00']],
  ['a piece that is the end mark', ['[DONE]']],
  ['end marks between other pieces', ['a', '[DONE]', '[DONE]', 'b', '[DONE]']],
  ['an end mark with a CR that waits', ['[DONE]\r', '\n[DONE]\r']],
  ['an end mark in parts', ['[DO', 'NE]']],
  ['an end mark among lines', ['x\n[DONE]\n[DONE]', '\n']],
  ['leading and trailing spaces', [' ', '  a', ' b ', '\n c', '\t']],
  ['empty pieces', ['', 'a', '', '', 'b', '']],
  ['field names', ['data: x', 'event: error\ndata: y', 'id: 1\n', 'retry: 1', ':', ': comment']],
  ['colons and nothing else', [':', '\n:', '::\n']],
  [
    'odd characters',
    ['\u0000', '\u2028\u2029', '\u0085', '\ufeff', '\u000b\f', '\u200d', 'e\u0301'],
  ],
  ['scripts', ['困的', '时候可以睡觉吗', 'こんにちは', '👩‍👩‍👧‍👦', 'مرحبا']],
  ['one long piece', ['x'.repeat(100_000)]],
  ['many lines', Array.from({ length: 300 }, (_, index) => `${index}\r\n`)],
];

describe('the text of a streamed answer', () => {
  it.each(answers)('is exact, and stored as shown: %s', async (_title, pieces) => {
    const expected = expectedText(pieces);
    const { body, text, done, error, stored } = await streamed(pieces);
    expect(text).toBe(expected);
    expect(stored).toBe(expected);
    expect({ done, error }).toEqual({ done: true, error: null });
    expect(body).toMatch(/(?:^|\n\n)data: \[DONE\]\n\n$/);
    expect(body).not.toContain('\r');
  });

  it.each([1, 2, 3, 4, 5, 6, 7])(
    'is exact when the upstream cuts its bytes every %i',
    async (sliceBytes) => {
      const pieces = ['困的\r', '\n时候 👩‍👩‍👧', '\ud83d', '\ude00', '[DONE]', '', ' ñ\n\n', 'ok'];
      const { text, stored, done } = await streamed(pieces, sliceBytes);
      expect(text).toBe(expectedText(pieces));
      expect(stored).toBe(expectedText(pieces));
      expect(done).toBe(true);
    },
  );

  it('comes in one event for each piece, lines and all', async () => {
    const { body, pieces } = await streamed(['one\n\ntwo', ' three']);
    expect(pieces).toEqual(['one\n\ntwo', ' three']);
    expect(body).toBe('data: one\ndata: \ndata: two\n\ndata:  three\n\ndata: [DONE]\n\n');
  });

  it('has a piece that is the end mark in two events', async () => {
    const { pieces } = await streamed(['a', '[DONE]', 'b']);
    expect(pieces).toHaveLength(4);
    expect(pieces.join('')).toBe('a[DONE]b');
  });
});

describe('the text of an answer that is not streamed', () => {
  it.each([
    ['\n\nHello\n', 'Hello'],
    ['\r\n Hello \r', ' Hello '],
    [' \nHello\n\t', ' \nHello\n\t'],
    ['a\n\n\nb', 'a\n\n\nb'],
    ['\u3000Hello\u00a0', '\u3000Hello\u00a0'],
    ['[DONE]', '[DONE]'],
    ['data: x', 'data: x'],
  ])('%j is %j, and stored so', async (answer, expected) => {
    const id = await caller.create();
    service.simulator.behave({ answer });
    expect((await caller.chat(id, 'Q')).text).toBe(expected);
    expect(await caller.sentences(id)).toEqual(['Q', expected]);
  });

  it('of quickAnswer loses line feeds at both ends too', async () => {
    service.simulator.behave({ answer: '\n\n Hello\n' });
    expect((await caller.postJson('quickAnswer', { question: 'Q' })).text).toBe(' Hello');
  });
});
