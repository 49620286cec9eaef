import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { applicationOptions, setUpApp } from './app.setup.js';
import { AppLogger } from './common/logging/app.logger.js';
import { readCommandLine, type CommandLine } from './config/command-line.js';
import { envFile } from './config/config.module.js';
import { warnOfExposed } from './config/exposed-files.js';
import { Settings } from './config/settings.js';
import { KeyRoster } from './keys/key-roster.js';
import { shutDown } from './shut-down.js';
import { startFailure } from './start-failure.js';
import { startReport } from './start-report.js';

const logger = new AppLogger();

/** Settings, application, listening; signals shut it down again. */
async function start(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2));
  const app = await NestFactory.create<NestExpressApplication>(
    await AppModule.forRoot({ variables: line.variables, environment: true }),
    { ...applicationOptions, logger, abortOnError: false },
  );
  try {
    const { http, log } = app.get(Settings);
    logger.setLevel(log.level);
    setUpApp(app);
    await app.listen(http.port, http.host);
    report(app, line);
  } catch (error) {
    await app.close();
    throw error;
  }
  shutDownOn(app, ['SIGTERM', 'SIGINT']);
  const url = await app.getUrl();
  logger.log(`Listening on ${url}, documented at ${url}/docs`, 'Alice');
}

/** What the start goes by, and what the operator should hear about it. */
function report(app: NestExpressApplication, { warnings }: CommandLine): void {
  const settings = app.get(Settings);
  logger.log(startReport(settings, app.get(KeyRoster, { strict: false }).keys), 'Alice');
  const exposed = warnOfExposed(privateFiles(settings));
  for (const warning of [...warnings, ...settings.warnings, ...exposed]) {
    logger.warn(warning, 'Alice');
  }
}

/** What nobody else on the machine is to read. */
function privateFiles({ database, keys }: Settings): string[] {
  return [envFile, keys.keyFile, ...(database.type === 'sqlite' ? [database.file] : [])];
}

/** A second signal ends the process at once, as signals do by default. */
function shutDownOn(app: NestExpressApplication, signals: NodeJS.Signals[]): void {
  const onSignal = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
    shutDown(app).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.fatal(error, 'Alice');
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, onSignal);
}

start().catch((error: unknown) => {
  logger.fatal(startFailure(error), 'Alice');
  process.exitCode = 1;
});
