import { SchedulerRegistry } from '@nestjs/schedule';
import { PeriodicTasks } from '../../platform/tasks/periodic-tasks.js';
import fc from 'fast-check';
import { ResponseEventsLostError } from '../responses.errors.js';
import { MemoryResponseEvents } from './memory.response-events.js';
import type { NumberedEvent } from './response-events.js';
import { ManualClock } from '../../../test/support/manual-clock.js';

const hourMs = 3_600_000;
const mebibyte = 1_048_576;

let clock: ManualClock;
let events: MemoryResponseEvents;

beforeEach(() => {
  clock = new ManualClock();
  events = new MemoryResponseEvents(clock, new PeriodicTasks(new SchedulerRegistry()));
});

function event(number: number, bytes = 1): NumberedEvent {
  return { number, type: 'response.output_text.delta', data: 'x'.repeat(bytes) };
}

function append(id: string, count: number, bytes = 1, from = 0): void {
  for (let number = from; number < from + count; number += 1) {
    events.append(id, event(number, bytes));
  }
}

const { signal } = new AbortController();

async function numbers(id: string, startingAfter = -1): Promise<number[]> {
  const read: number[] = [];
  for await (const { number } of events.read(id, startingAfter, signal)) read.push(number);
  return read;
}

function upTo(end: number, start = 0): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}

describe('the events of a response', () => {
  it('are read from wherever the reader stands, kept ones and later ones, each once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 4 }), { maxLength: 12 }),
        fc.integer({ min: -1, max: 40 }),
        fc.nat({ max: 12 }),
        async (bursts, startingAfter, joinsBefore) => {
          const id = String(Math.random());
          append(id, 1);
          let count = 1;
          let reading: Promise<number[]> | null = null;
          for (const [index, burst] of bursts.entries()) {
            if (index === joinsBefore) reading = numbers(id, startingAfter);
            append(id, burst, 1, count);
            count += burst;
            await Promise.resolve();
          }
          await events.end(id);
          expect(await (reading ?? numbers(id, startingAfter))).toEqual(
            upTo(Math.max(count, startingAfter + 1), startingAfter + 1),
          );
        },
      ),
    );
  });

  it('are followed by several readers at once', async () => {
    append('a', 3);
    const readers = [numbers('a'), numbers('a', 1), numbers('a', 7)];
    append('a', 7, 1, 3);
    await events.end('a');
    expect(await Promise.all(readers)).toEqual([upTo(10), upTo(10, 2), upTo(10, 8)]);
  });

  it('are waited for no longer than the reader wants', async () => {
    append('a', 1);
    const leaving = new AbortController();
    const reading = events.read('a', 0, leaving.signal)[Symbol.asyncIterator]().next();
    leaving.abort(new Error('left'));
    await expect(reading).rejects.toThrow('left');
  });

  it('are kept for an hour after the end, however long the response ran', async () => {
    append('a', 1);
    clock.advance(5 * hourMs);
    events.sweep();
    append('a', 1, 1, 1);
    await events.end('a');
    clock.advance(hourMs - 1);
    events.sweep();
    expect(await numbers('a')).toEqual([0, 1]);
    clock.advance(1);
    await expect(numbers('a')).rejects.toThrow(ResponseEventsLostError);
    expect(events.sweep()).toBe(0);
  });

  it.each([-3_600_000, 40_000])('are kept so long when the clock is set by %i ms', async (ms) => {
    append('a', 1);
    await events.end('a');
    clock.setBy(ms);
    clock.advance(hourMs - 1);
    events.sweep();
    expect(await numbers('a')).toEqual([0]);
    clock.advance(1);
    expect(events.sweep()).toBe(0);
  });

  it('are lost once they are forgotten, also to who reads them', async () => {
    append('a', 1);
    const reading = numbers('a');
    await Promise.resolve();
    await events.delete('a');
    await expect(reading).rejects.toThrow(ResponseEventsLostError);
    await expect(numbers('never')).rejects.toThrow(ResponseEventsLostError);
  });

  it('are at most 4 MiB: the oldest are lost, the newest can still be followed', async () => {
    append('a', 1);
    const reading = numbers('a', 4);
    append('a', 5, mebibyte, 1);
    await events.end('a');
    await expect(numbers('a')).rejects.toThrow(ResponseEventsLostError);
    await expect(numbers('a', 0)).rejects.toThrow(ResponseEventsLostError);
    expect(await numbers('a', 1)).toEqual([2, 3, 4, 5]);
    expect(await reading).toEqual([5]);
    expect(events.sweep()).toBe(4 * mebibyte);
  });

  it('are at most 128 MiB in all: what ended first goes first, and running ones become short', async () => {
    for (let index = 0; index < 32; index += 1) append(`r${index}`, 4, mebibyte);
    await events.end('r1');
    await events.end('r0');
    append('new', 4, mebibyte);
    await events.end('new');
    await expect(numbers('r1')).rejects.toThrow(ResponseEventsLostError);
    expect(await numbers('r0')).toEqual(upTo(4));
    for (let index = 2; index < 32; index += 1) events.append(`r${index}`, event(4));
    append('newer', 8, mebibyte);
    append('newest', 8, mebibyte);
    expect(events.sweep()).toBeLessThanOrEqual(128 * mebibyte);
    await events.end('r31');
    expect(await numbers('r31', 3)).toEqual([4]);
    await expect(numbers('newest')).rejects.toThrow(ResponseEventsLostError);
  });
});
