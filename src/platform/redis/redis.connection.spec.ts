import { EventEmitter } from 'node:events';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { ManualClock } from '../../../test/support/manual-clock.js';
import { RecordingLogger } from '../../../test/support/recording-logger.js';
import { RedisConnection } from './redis.connection.js';

const minuteMs = 60_000;

/** A client as far as a connection needs it, connected and answering until it is told otherwise. */
class FakeClient extends EventEmitter {
  readonly status = 'ready';
  isUp = true;

  connect(): Promise<void> {
    return Promise.resolve();
  }

  set(): Promise<string> {
    return this.isUp ? Promise.resolve('OK') : Promise.reject(new Error('gone'));
  }

  disconnect(): void {
    this.isUp = false;
  }
}

describe('an outage of Redis', () => {
  it.each([-3_600_000, 40_000])(
    'lies as long ago as time has passed when the clock is set by %i ms',
    async (ms) => {
      Logger.overrideLogger(new RecordingLogger());
      const client = new FakeClient();
      const clock = new ManualClock();
      const connection = new RedisConnection(client as unknown as Redis, 'test:', clock);
      await connection.start();
      expect(connection.wasAwayWithin(minuteMs)).toBe(false);
      client.emit('close');
      client.emit('ready');
      await new Promise(setImmediate);
      clock.setBy(ms);
      expect(connection.wasAwayWithin(minuteMs)).toBe(true);
      clock.advance(minuteMs);
      expect(connection.wasAwayWithin(minuteMs)).toBe(false);
      connection.onApplicationShutdown();
    },
  );
});
