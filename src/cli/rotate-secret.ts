import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PlatformModule } from '../platform/platform.module.js';
import { AppLogger } from '../platform/telemetry/app.logger.js';
import { ConfigModule } from '../config/config.module.js';
import { DatabaseModule } from '../platform/database/database.module.js';
import { entities } from '../entities.js';
import { KeyVaultRepository } from '../keys/key-vault.repository.js';
import { KeyVaultService } from '../keys/key-vault.service.js';
import { startFailure } from './start-failure.js';

/** As much of the service as it takes to encrypt stored keys again. */
@Module({})
class RotationModule {
  static async forRoot(): Promise<DynamicModule> {
    return {
      module: RotationModule,
      imports: [
        await ConfigModule.forRoot({ variables: {}, environment: true }),
        PlatformModule,
        DatabaseModule.forRoot(entities),
      ],
      providers: [KeyVaultRepository, KeyVaultService],
    };
  }
}

const logger = new AppLogger();

/** `npm run keys:rotate-secret`, while no service runs on the database. */
async function rotate(): Promise<void> {
  const app = await NestFactory.createApplicationContext(await RotationModule.forRoot(), {
    logger,
    abortOnError: false,
  });
  try {
    const count = await app.get(KeyVaultService).rotate();
    logger.log(
      `${count} stored key(s) are encrypted with NEW_KEY_ENCRYPTION_SECRET now: make it KEY_ENCRYPTION_SECRET and start the service`,
      'Alice',
    );
  } finally {
    await app.close();
  }
}

rotate().catch((error: unknown) => {
  logger.fatal(startFailure(error), 'Alice');
  process.exitCode = 1;
});
