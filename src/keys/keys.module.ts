import { Logger, Module } from '@nestjs/common';
import { Clock } from '../common/time/clock.js';
import { Settings } from '../config/settings.js';
import { KeyPool } from './key-pool.js';
import { readKeys } from './key-sources.js';
import { RoundRobinKeyPool } from './round-robin.key-pool.js';

/** The supply of API keys. */
@Module({
  providers: [
    {
      provide: KeyPool,
      inject: [Settings, Clock],
      useFactory: ({ keys }: Settings, clock: Clock): KeyPool => {
        const secrets = readKeys(keys);
        if (secrets.length === 0) {
          new Logger('Keys').warn(
            `No API key: model calls will be answered with 503. Put keys into OPENAI_API_KEYS or ${keys.keyFile}, one a line, and restart.`,
          );
        }
        return new RoundRobinKeyPool(secrets, keys.autoRemove, clock);
      },
    },
  ],
  exports: [KeyPool],
})
export class KeysModule {}
