import { Module } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { AuthStrategy } from './auth.strategy.js';
import { Guesses } from './guesses.js';
import { NonceCleanupTask } from './nonce-cleanup.task.js';
import { NoncesRepository } from './nonces.repository.js';
import { NoneAuthStrategy } from './none.auth-strategy.js';
import { NormalAuthStrategy } from './normal.auth-strategy.js';
import { SimpleAuthStrategy } from './simple.auth-strategy.js';

/** Who may call: one strategy, chosen by AUTH_MODE. */
@Module({
  providers: [
    Guesses,
    NoncesRepository,
    NonceCleanupTask,
    {
      provide: AuthStrategy,
      inject: [Settings, NoncesRepository],
      useFactory: ({ auth }: Settings, nonces: NoncesRepository): AuthStrategy => {
        switch (auth.mode) {
          case 'none':
            return new NoneAuthStrategy();
          case 'simple':
            return new SimpleAuthStrategy(auth.token);
          case 'normal':
            return new NormalAuthStrategy(auth.token, nonces);
        }
      },
    },
  ],
  exports: [AuthStrategy, Guesses],
})
export class AuthModule {}
