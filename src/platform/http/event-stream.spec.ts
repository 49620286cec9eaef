import { EventEmitter } from 'node:events';
import type { Response } from 'express';
import { EventStream } from './event-stream.js';

/** A response of HTTP/1.0, whose body is written as it is. */
class Written extends EventEmitter {
  readonly writes: string[] = [];
  headersSent = false;
  chunkedEncoding = false;
  writableEnded = false;
  destroyed = false;
  writableNeedDrain = false;

  writeHead(): void {
    this.headersSent = true;
  }

  write(text: string): boolean {
    this.writes.push(text);
    return true;
  }

  end(text: string): void {
    this.writes.push(text);
    this.writableEnded = true;
    this.emit('close');
  }
}

let written: Written;
let stream: EventStream;

beforeEach(() => {
  jest.useFakeTimers();
  ({ written, stream } = openStream());
});
afterEach(() => {
  if (!written.writableEnded) stream.end();
  jest.runOnlyPendingTimers();
  jest.useRealTimers();
});

function openStream() {
  const response = new Written();
  return { written: response, stream: new EventStream(response as unknown as Response) };
}

function send(...pieces: string[]): void {
  for (const piece of pieces) void stream.send(piece);
  jest.runAllTicks();
}

describe('the pieces of a stream', () => {
  it('that come in one moment leave in one write, at once', () => {
    send('a', 'b');
    expect(written.writes).toEqual(['data: a\n\ndata: b\n\n']);
  });

  it('that come slower than a screen shows them leave each at once', () => {
    for (const piece of ['a', 'b', 'c']) {
      send(piece);
      jest.advanceTimersByTime(16);
    }
    expect(written.writes).toEqual(['data: a\n\n', 'data: b\n\n', 'data: c\n\n']);
  });

  it('that come faster wait for each other, 16 ms at most', () => {
    send('a');
    jest.advanceTimersByTime(5);
    send('b');
    jest.advanceTimersByTime(5);
    send('c');
    jest.advanceTimersByTime(10);
    expect(written.writes).toEqual(['data: a\n\n']);
    jest.advanceTimersByTime(1);
    expect(written.writes).toEqual(['data: a\n\n', 'data: b\n\ndata: c\n\n']);
    send('d');
    jest.advanceTimersByTime(16);
    expect(written.writes.slice(2)).toEqual(['data: d\n\n']);
  });

  it.each([[['b'.repeat(20_000)]], [['b'.repeat(10_000), 'c'.repeat(10_000)]]])(
    'do not wait when they are long',
    (pieces) => {
      send('a');
      send(...pieces);
      expect(written.writes).toHaveLength(2);
    },
  );

  it('leave with the end when that comes first', () => {
    send('a');
    send('b');
    stream.end();
    expect(written.writes).toEqual(['data: a\n\n', 'data: b\n\ndata: [DONE]\n\n']);
    jest.advanceTimersByTime(16);
    expect(written.writes).toHaveLength(2);
  });

  it('are not written when the caller has left', () => {
    send('a');
    send('b');
    written.destroyed = true;
    jest.advanceTimersByTime(16);
    expect(written.writes).toEqual(['data: a\n\n']);
    written.emit('close');
  });
});

describe('a caller that reads too slowly', () => {
  it('is waited for once, however many events there are meanwhile', async () => {
    written.writableNeedDrain = true;
    const waits = Array.from({ length: 100 }, () => stream.send('a'));
    expect(waits.every((wait) => wait !== undefined)).toBe(true);
    expect(written.listenerCount('drain')).toBe(1);
    written.emit('drain');
    await Promise.all(waits.map((wait) => Promise.resolve(wait)));
    expect(written.listenerCount('drain')).toBe(0);
    void stream.send('b');
    expect(written.listenerCount('drain')).toBe(1);
    written.emit('drain');
  });
});

describe('streams that wait', () => {
  it('are written together', () => {
    const other = openStream();
    send('a');
    void other.stream.send('x');
    jest.runAllTicks();
    send('b');
    jest.advanceTimersByTime(10);
    void other.stream.send('y');
    jest.advanceTimersByTime(6);
    expect(written.writes).toEqual(['data: a\n\n', 'data: b\n\n']);
    expect(other.written.writes).toEqual(['data: x\n\n', 'data: y\n\n']);
    other.stream.end();
  });
});
