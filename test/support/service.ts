import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { ExpressPrototypesAdapter } from '../../src/platform/http/express.adapter.js';
import { AppModule } from '../../src/app.module.js';
import { applicationOptions, setUpApp } from '../../src/app.setup.js';
import { Clock } from '../../src/platform/time/clock.js';
import { shutDown } from '../../src/platform/lifecycle/shut-down.js';
import { ModelCatalogService } from '../../src/upstreams/model-catalog.service.js';
import { startSimulator, type Simulator } from '../../tools/simulator/simulator.js';
import { RecordingLogger } from './recording-logger.js';
import { TestClock } from './test-clock.js';
import { openTestDatabase } from './test-database.js';

/** The token of the services under test. */
export const token = 'test-token-of-some-length';

/** Nest has one logger for all services of a process: that of the one that started last and still runs. */
const logs: RecordingLogger[] = [];

/** A real application on a real port and a real database, with the simulator as upstream. */
export interface TestService {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly simulator: Simulator;
  readonly clock: TestClock;
  readonly log: RecordingLogger;
  readonly folder: string;
  /** The SQLite file, or the URL on PostgreSQL: what looks into the database takes either. */
  readonly databaseFile: string;
  close(): Promise<void>;
}

/**
 * Starts a service of its own in this process, on the database that the test file runs on.
 *
 * @param variables settings that differ from the tests' defaults: simple auth with {@link token},
 *   two keys `sk-test-1` and `sk-test-2`, no rate limit, the simulator as upstream
 * @param folder an earlier service's, to start again on its database
 */
export async function startService(
  variables: Record<string, string> = {},
  folder = mkdtempSync(join(tmpdir(), 'alice-test-')),
): Promise<TestService> {
  const simulator = await startSimulator();
  const database = await openTestDatabase(folder);
  const clock = new TestClock(database.turnClock);
  const log = new RecordingLogger();
  const settings = {
    TOKEN: token,
    OPENAI_API_KEYS: 'sk-test-1,sk-test-2',
    OPENAI_BASE_URL: simulator.baseUrl,
    KEY_FILE: join(folder, 'key.txt'),
    DATABASE_URL: database.url,
    RATE_LIMIT_PER_MINUTE: '0',
    WRITE_LIMIT_PER_MINUTE: '0',
    ...database.variables,
    ...variables,
  };
  logs.push(log);
  Logger.overrideLogger(log);
  const module = await Test.createTestingModule({
    imports: [await AppModule.forRoot({ variables: settings, environment: false })],
  })
    .overrideProvider(Clock)
    .useValue(clock)
    .setLogger(log)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>(
    new ExpressPrototypesAdapter(),
    applicationOptions,
  );
  setUpApp(app);
  await app.listen(0, '127.0.0.1');
  // Its one call at the start would otherwise stand among a test's own.
  await app.get(ModelCatalogService).checkedAtStart();
  simulator.reset();
  return {
    app,
    url: (await app.getUrl()).replace('[::1]', '127.0.0.1'),
    simulator,
    clock,
    log,
    folder,
    databaseFile: database.location,
    close: async () => {
      await shutDown(app);
      logs.splice(logs.indexOf(log), 1);
      Logger.overrideLogger(logs.at(-1) ?? log);
      await simulator.close();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
