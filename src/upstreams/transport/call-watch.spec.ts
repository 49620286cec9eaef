import { readSettings } from '../../config/read-settings.js';
import { CallWatch } from './call-watch.js';
import { UpstreamTimeoutError } from '../upstream.errors.js';

const { upstream: limits } = readSettings({
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '6000',
  UPSTREAM_IDLE_TIMEOUT_MS: '3000',
  UPSTREAM_CALL_TIMEOUT_MS: '60000',
});

let call: AbortController;
let watch: CallWatch;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  call = new AbortController();
  watch = new CallWatch(call, limits);
});

afterEach(() => {
  watch.end();
  jest.useRealTimers();
});

/** Lets time go by, and the event loop finish the round in which it did. */
async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms);
  await new Promise(setImmediate);
}

/** Which limit ended the call, if one did. */
function limitReached(): string | null {
  const reason: unknown = watch.signal.reason;
  return reason instanceof UpstreamTimeoutError ? reason.limit : null;
}

describe('a watched call', () => {
  it('goes on while nothing is late', () => {
    expect(watch.signal.aborted).toBe(false);
    expect(() => {
      watch.throwIfEnded();
    }).not.toThrow();
  });

  it.each<[string, 'expectFirstWord' | 'expectPiece' | 'expectEnd', number]>([
    ['first byte', 'expectFirstWord', 6_000],
    ['idle', 'expectPiece', 3_000],
    ['end', 'expectEnd', 1_000],
  ])('ends when what it waits for is late: %s', async (limit, expectIt, ms) => {
    watch[expectIt]();
    await pass(ms - 1);
    expect(watch.signal.aborted).toBe(false);
    await pass(1);
    expect(limitReached()).toBe(limit);
  });

  it('takes what is read right after its timer, as a busy process reads it, for in time', async () => {
    watch.expectPiece();
    setTimeout(() => {
      watch.came();
      watch.expectPiece();
    }, 3_000);
    await pass(3_000);
    expect(watch.signal.aborted).toBe(false);
    await pass(3_000);
    expect(limitReached()).toBe('idle');
  });

  it('ends when the whole of it takes too long, though pieces come', async () => {
    for (let second = 1; second < 60; second += 1) {
      watch.expectPiece();
      await pass(1_000);
      watch.came();
    }
    await pass(999);
    expect(watch.signal.aborted).toBe(false);
    await pass(1);
    expect(limitReached()).toBe('whole call');
  });

  it('goes on when each piece comes in time', async () => {
    for (let piece = 0; piece < 10; piece += 1) {
      watch.expectPiece();
      await pass(2_999);
      watch.came();
    }
    expect(watch.signal.aborted).toBe(false);
    watch.expectPiece();
    await pass(3_000);
    expect(limitReached()).toBe('idle');
  });

  it('does not count a pause that its own caller makes', async () => {
    watch.expectPiece();
    watch.came();
    await pass(30_000);
    expect(watch.signal.aborted).toBe(false);
  });

  it('waits the whole time again after such a pause', async () => {
    watch.expectPiece();
    watch.came();
    await pass(30_000);
    watch.expectPiece();
    await pass(2_999);
    expect(watch.signal.aborted).toBe(false);
    await pass(1);
    expect(limitReached()).toBe('idle');
  });

  it('gives a second attempt the whole time for its first byte', async () => {
    watch.expectFirstWord();
    await pass(5_000);
    watch.expectFirstWord();
    await pass(5_999);
    expect(watch.signal.aborted).toBe(false);
    await pass(1);
    expect(limitReached()).toBe('first byte');
  });

  it('is not late while its upstream says that it is alive', async () => {
    watch.expectFirstWord();
    for (let comment = 0; comment < 5; comment += 1) {
      await pass(5_999);
      watch.alive();
    }
    expect(watch.signal.aborted).toBe(false);
    await pass(6_000);
    expect(limitReached()).toBe('first byte');
  });

  it('waits for one thing at a time', async () => {
    watch.expectFirstWord();
    await pass(5_000);
    watch.expectPiece();
    await pass(2_000);
    expect(watch.signal.aborted).toBe(false);
    watch.expectEnd();
    await pass(1_000);
    expect(limitReached()).toBe('end');
  });

  it('keeps no more than two timers however many pieces come', () => {
    watch.expectFirstWord();
    for (let piece = 0; piece < 100; piece += 1) {
      watch.came();
      watch.expectPiece();
    }
    expect(jest.getTimerCount()).toBe(2);
  });

  it('ends when its caller leaves, for the reason of the caller', () => {
    const reason = new Error('left');
    call.abort(reason);
    expect(watch.signal.aborted).toBe(true);
    expect(() => {
      watch.throwIfEnded();
    }).toThrow(reason);
  });

  it('has ended from the start when its caller had left before', () => {
    const reason = new Error('left');
    const late = new AbortController();
    late.abort(reason);
    const lateWatch = new CallWatch(late, limits);
    expect(lateWatch.signal.reason).toBe(reason);
    lateWatch.end();
  });

  it('keeps the first reason', async () => {
    watch.expectPiece();
    await pass(3_000);
    call.abort(new Error('left'));
    await pass(60_000);
    expect(limitReached()).toBe('idle');
    expect(() => {
      watch.throwIfEnded();
    }).toThrow(UpstreamTimeoutError);
  });
});

describe('a call that is over', () => {
  it('is ended by no limit any more, and leaves no timer', async () => {
    watch.expectPiece();
    watch.end();
    expect(jest.getTimerCount()).toBe(0);
    await pass(120_000);
    expect(watch.signal.aborted).toBe(false);
  });

  it('leaves no timer when it waited for nothing', () => {
    watch.end();
    expect(jest.getTimerCount()).toBe(0);
  });
});
