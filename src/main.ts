import 'reflect-metadata';
import { ConsoleLogger, Logger, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { applicationOptions, setUpApp } from './app.setup.js';
import { readCommandLine } from './config/command-line.js';
import { Settings } from './config/settings.js';
import { AppLogger } from './common/logging/app.logger.js';
import { startFailure } from './start-failure.js';

/** Settings, application, listening; signals shut it down again. */
async function start(): Promise<void> {
  const { variables, warnings } = readCommandLine(process.argv.slice(2));
  const app = await NestFactory.create<NestExpressApplication>(
    AppModule.forRoot({ variables, environment: true }),
    { ...applicationOptions, bufferLogs: true, abortOnError: false },
  );
  const { http, log } = app.get(Settings);
  app.useLogger(new AppLogger(log.level));
  setUpApp(app);
  await app.listen(http.port, http.host);
  shutDownOn(app, ['SIGTERM', 'SIGINT']);
  const logger = new Logger('Alice');
  for (const warning of warnings) logger.warn(warning);
  logger.log(`Listening on ${await app.getUrl()}, documented at ${await app.getUrl()}/docs`);
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
  new ConsoleLogger().fatal(startFailure(error));
  process.exitCode = 1;
});
