import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { applicationOptions, setUpApp } from './app.setup.js';
import { AppLogger } from './common/logging/app.logger.js';
import { readCommandLine } from './config/command-line.js';
import { Settings } from './config/settings.js';
import { startFailure } from './start-failure.js';

const logger = new AppLogger();

/** Settings, application, listening; signals shut it down again. */
async function start(): Promise<void> {
  const { variables, warnings } = readCommandLine(process.argv.slice(2));
  const app = await NestFactory.create<NestExpressApplication>(
    await AppModule.forRoot({ variables, environment: true }),
    { ...applicationOptions, logger, abortOnError: false },
  );
  try {
    const { http, log } = app.get(Settings);
    logger.setLevel(log.level);
    setUpApp(app);
    await app.listen(http.port, http.host);
  } catch (error) {
    await app.close();
    throw error;
  }
  shutDownOn(app, ['SIGTERM', 'SIGINT']);
  for (const warning of warnings) logger.warn(warning, 'Alice');
  const url = await app.getUrl();
  logger.log(`Listening on ${url}, documented at ${url}/docs`, 'Alice');
}

/** Lets running calls finish; a second signal ends the process at once, as signals do by default. */
function shutDownOn(app: INestApplication, signals: NodeJS.Signals[]): void {
  const shutDown = (): void => {
    for (const signal of signals) process.off(signal, shutDown);
    void app.close().finally(() => process.exit());
  };
  for (const signal of signals) process.on(signal, shutDown);
}

start().catch((error: unknown) => {
  logger.fatal(startFailure(error), 'Alice');
  process.exitCode = 1;
});
