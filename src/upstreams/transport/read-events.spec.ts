import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readEvents } from './read-events.js';

const eventLength = 512;
/** More than the share of all streams in one turn of the event loop. */
const events = Array.from({ length: 128 }, (_, index) => String(index).padEnd(eventLength, '.'));
const frames = events.map((data) => `data: ${data}\n\n`).join('');
/** And the event that exceeds it. */
const mostPerTurn = 32_768 / eventLength + 1;

/** A body that is read, and what was handed over of it. */
function readBody() {
  const body = new PassThrough({ highWaterMark: 1_048_576 });
  const call = new AbortController();
  const watch = { signal: call.signal, alive: jest.fn(), came: jest.fn() };
  const taken: string[] = [];
  const end = readEvents(body, 64 * 1024 * 1024, {
    watch,
    take: (data) => {
      taken.push(data);
      return undefined;
    },
    takeWhole: (text) => Promise.reject(new Error(text)),
  });
  const ended = end.then(
    (hasEndMark) => (hasEndMark ? 'marked' : 'whole'),
    (error: unknown) => String(error),
  );
  return { body, call, watch, taken, ended };
}

async function untilTaken({ taken }: { taken: string[] }): Promise<void> {
  while (taken.length === 0) await nextTurn();
}

describe('the events of streams', () => {
  it('of which much comes at once are handed over turn by turn, whole and in order', async () => {
    const readings = [readBody(), readBody(), readBody()];
    const count = (): number => readings.reduce((sum, { taken }) => sum + taken.length, 0);
    for (const { body } of readings) body.write(frames);
    for (let before = 0; before < readings.length * events.length; before = count()) {
      await nextTurn();
      // The rest of one turn's share, and that of the next.
      expect(count() - before).toBeLessThanOrEqual(2 * mostPerTurn);
    }
    for (const { body, taken, ended } of readings) {
      expect(taken).toEqual(events);
      body.end();
      expect(await ended).toBe('whole');
    }
  });

  it('wait without their upstream being taken for silent', async () => {
    const reading = readBody();
    reading.body.write(frames);
    await untilTaken(reading);
    expect(reading.taken.length).toBeLessThan(events.length);
    expect(reading.watch.came).toHaveBeenCalled();
    reading.body.end();
    expect(await reading.ended).toBe('whole');
    expect(reading.taken).toEqual(events);
  });

  it('make the body wait when many of them do', async () => {
    const reading = readBody();
    const writes = 10;
    for (let write = 0; write < writes; write += 1) reading.body.write(frames);
    await untilTaken(reading);
    // Two of those that came may wait, and the one that was too much.
    expect(reading.body.isPaused()).toBe(true);
    expect(reading.body.readableLength).toBeGreaterThanOrEqual((writes - 4) * frames.length);
    reading.body.end();
    expect(await reading.ended).toBe('whole');
    expect(reading.taken).toHaveLength(writes * events.length);
  });

  it('that came before the connection broke are handed over', async () => {
    const reading = readBody();
    reading.body.write(frames);
    await untilTaken(reading);
    reading.body.destroy(new Error('broken'));
    expect(await reading.ended).toBe('Error: broken');
    expect(reading.taken).toEqual(events);
  });

  it('are not handed over any more when the call was ended', async () => {
    const reading = readBody();
    reading.body.write(frames);
    await untilTaken(reading);
    const count = reading.taken.length;
    reading.call.abort();
    reading.body.destroy(new Error('left'));
    expect(await reading.ended).toBe('Error: left');
    await nextTurn();
    expect(reading.taken).toHaveLength(count);
    expect(count).toBeLessThan(events.length);
  });
});

describe('the end of a stream', () => {
  it.each([
    ['its mark', 'data: [DONE]\n\n', 'marked'],
    ['its mark, with blanks', 'data:  [DONE] \n\n', 'marked'],
    ['nothing', '', 'whole'],
    ['a comment', ': bye\n\n', 'whole'],
  ])('is told from its mark: %s', async (_what, last, end) => {
    const { body, taken, ended } = readBody();
    body.end(`data: a\n\n${last}`);
    expect([await ended, taken]).toEqual([end, ['a']]);
  });
});

describe('an event without data', () => {
  it.each(['data:\n\n', 'data\n\n', 'data: \n\n', 'event: ping\ndata:  \n\n'])(
    'is nothing: %j',
    async (blank) => {
      const { body, taken, ended } = readBody();
      body.end(`${blank}data: a\n\n${blank}data: b\n\n${blank}`);
      expect([await ended, taken]).toEqual(['whole', ['a', 'b']]);
    },
  );
});
