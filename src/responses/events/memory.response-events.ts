import { Injectable, type OnModuleInit } from '@nestjs/common';
import { PeriodicTasks } from '../../platform/tasks/periodic-tasks.js';
import { Clock } from '../../platform/time/clock.js';
import { ResponseEventsLostError } from '../responses.errors.js';
import { EventLog } from './event-log.js';
import { ResponseEvents, type NumberedEvent } from './response-events.js';

const mebibyte = 1_048_576;
/** Of one response. */
const mostBytes = 4 * mebibyte;
/** Of all of them. */
const mostBytesInAll = 128 * mebibyte;
const keptMs = 3_600_000;
const sweepMs = 60_000;

/** Events of background responses in the memory of the process that gives them. */
@Injectable()
export class MemoryResponseEvents extends ResponseEvents implements OnModuleInit {
  /** By response; those that ended stand in the order of their ends. */
  private readonly logs = new Map<string, EventLog>();
  private bytes = 0;

  constructor(
    private readonly clock: Clock,
    private readonly tasks: PeriodicTasks,
  ) {
    super();
  }

  onModuleInit(): void {
    this.tasks.every(sweepMs, 'response-events-expiry', () => this.sweep());
  }

  override append(responseId: string, event: NumberedEvent): undefined {
    const log = this.logs.get(responseId) ?? this.open(responseId, event.number);
    const before = log.bytes;
    log.append(event);
    log.shorten(mostBytes);
    this.bytes += log.bytes - before;
    if (this.bytes > mostBytesInAll) this.makeRoom(log);
  }

  override end(responseId: string): Promise<void> {
    const log = this.logs.get(responseId);
    if (log) {
      this.logs.delete(responseId);
      this.logs.set(responseId, log);
      log.end(this.clock.monotonic());
    }
    return Promise.resolve();
  }

  override delete(responseId: string): Promise<void> {
    const log = this.logs.get(responseId);
    if (log) this.drop(responseId, log);
    return Promise.resolve();
  }

  override async *read(
    responseId: string,
    startingAfter: number,
    signal: AbortSignal,
  ): AsyncGenerator<NumberedEvent, void> {
    let next = startingAfter + 1;
    for (;;) {
      const log = this.logs.get(responseId);
      if (!log || this.isExpired(log) || log.hasLost(next))
        throw new ResponseEventsLostError(responseId);
      const event = log.at(next);
      if (event) {
        yield event;
        next += 1;
      } else {
        if (log.endedAt !== null) return;
        await log.change(signal);
      }
    }
  }

  /** Forgets what ended an hour ago. @returns how many bytes are kept */
  sweep(): number {
    for (const [responseId, log] of this.logs) {
      if (this.isExpired(log)) this.drop(responseId, log);
    }
    return this.bytes;
  }

  private open(responseId: string, first: number): EventLog {
    const log = new EventLog(first);
    this.logs.set(responseId, log);
    return log;
  }

  /** What ended first goes first; where that is not enough, the oldest events of the one at hand. */
  private makeRoom(current: EventLog): void {
    for (const [responseId, log] of this.logs) {
      if (this.bytes <= mostBytesInAll) return;
      if (log.endedAt !== null) this.drop(responseId, log);
    }
    const before = current.bytes;
    current.shorten(before - Math.max(0, this.bytes - mostBytesInAll));
    this.bytes += current.bytes - before;
  }

  private drop(responseId: string, log: EventLog): void {
    this.logs.delete(responseId);
    this.bytes -= log.bytes;
    log.wake();
  }

  private isExpired({ endedAt }: EventLog): boolean {
    return endedAt !== null && endedAt + keptMs <= this.clock.monotonic();
  }
}
