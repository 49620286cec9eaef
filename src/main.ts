import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module.js';
import { applicationOptions, setUpApp } from './app.setup.js';
import { AppLogger } from './platform/telemetry/app.logger.js';
import { ExpressPrototypesAdapter } from './platform/http/express.adapter.js';
import { version } from './platform/version.js';
import { helpText, readCommandLine, type CommandLine } from './config/command-line.js';
import { Settings } from './config/settings.js';
import { RefusedError } from './platform/database/refused.error.js';
import { shutDown } from './platform/lifecycle/shut-down.js';
import { startFailure } from './cli/start-failure.js';
import { reportStart } from './cli/start-report.js';
import { ModelCatalogService } from './upstreams/model-catalog.service.js';

const logger = new AppLogger();

/** What the command line asks for. */
async function run(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2));
  switch (line.action) {
    case 'help':
      process.stdout.write(helpText());
      return;
    case 'version':
      process.stdout.write(`alice ${version}, Node ${process.version}\n`);
      return;
    case 'check':
      await check(line);
      return;
    case 'start':
      await start(line);
  }
}

/** Settings, application, listening; signals shut it down again. */
async function start(line: CommandLine): Promise<void> {
  const app = await createApp(line);
  const { http, log } = app.get(Settings);
  try {
    logger.setLevel(log.level);
    setUpApp(app);
    await app.listen(http.port, http.host);
    reportStart(app, line.warnings, logger);
  } catch (error) {
    await app.close();
    throw error;
  }
  shutDownOn(app, ['SIGTERM', 'SIGINT']);
  const url = await app.getUrl();
  const tryPage = http.tryPage ? `, to be tried at ${url}/try` : '';
  logger.log(`Listening on ${url}${tryPage}, documented at ${url}/docs`, 'Alice');
}

/** The same but for listening. @throws RefusedError where calls would fail */
async function check(line: CommandLine): Promise<void> {
  const app = await createApp(line);
  try {
    await app.init();
    reportStart(app, line.warnings, logger);
    const problem = await app.get(ModelCatalogService, { strict: false }).checkedAtStart();
    if (problem !== null) throw new RefusedError(problem);
  } finally {
    await app.close();
  }
  logger.log('Nothing is wrong: the service can be started', 'Alice');
}

async function createApp({ variables }: CommandLine): Promise<NestExpressApplication> {
  return NestFactory.create<NestExpressApplication>(
    await AppModule.forRoot({ variables, environment: true }),
    new ExpressPrototypesAdapter(),
    { ...applicationOptions, logger, abortOnError: false },
  );
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

run().catch((error: unknown) => {
  logger.fatal(startFailure(error), 'Alice');
  process.exitCode = 1;
});
