import type BetterSqlite3 from 'better-sqlite3';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Client, type QueryConfig } from 'pg';
import { DataSource } from 'typeorm';
import type { TestService } from './service.js';
import { isOnPostgres } from './test-database.js';

const transactionWords = /^\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i;

/**
 * Every statement that a service really runs, whoever wrote it: the driver's own methods are watched,
 * below TypeORM and below the service's `Database`.
 */
export class StatementLog {
  private sources: string[] = [];
  private readonly spies: jest.SpyInstance[];

  /** From now on the service's tasks rest: when their statements come depends on the machine. */
  constructor(service: TestService) {
    const scheduler = service.app.get(SchedulerRegistry, { strict: false });
    for (const name of scheduler.getIntervals()) {
      clearInterval(scheduler.getInterval<NodeJS.Timeout>(name));
    }
    this.spies = isOnPostgres ? [this.watchClient()] : this.watchStatements(service);
  }

  /** The statements since the last call, without those that only begin and end transactions. */
  take(): string[] {
    const taken = this.sources.filter((source) => !transactionWords.test(source));
    this.sources = [];
    return taken;
  }

  close(): void {
    for (const spy of this.spies) spy.mockRestore();
  }

  private watchClient(): jest.SpyInstance {
    const keep = (source: string) => this.sources.push(source);
    const original = Reflect.get(Client.prototype, 'query') as (...all: unknown[]) => unknown;
    return jest.spyOn(Client.prototype, 'query').mockImplementation(function (
      this: unknown,
      ...parameters: unknown[]
    ): never {
      const [query] = parameters as [string | QueryConfig];
      keep(typeof query === 'string' ? query : query.text);
      return original.apply(this, parameters) as never;
    });
  }

  private watchStatements(service: TestService): jest.SpyInstance[] {
    const { databaseConnection } = service.app.get(DataSource).driver as unknown as {
      databaseConnection: BetterSqlite3.Database;
    };
    const prototype = Object.getPrototypeOf(
      databaseConnection.prepare('SELECT 1'),
    ) as BetterSqlite3.Statement;
    const keep = (source: string) => this.sources.push(source);
    return (['run', 'all', 'get', 'iterate'] as const).map((method) => {
      const original = Reflect.get(prototype, method) as (...parameters: unknown[]) => unknown;
      return jest.spyOn(prototype, method).mockImplementation(function (
        this: unknown,
        ...parameters: unknown[]
      ): never {
        keep((this as BetterSqlite3.Statement).source);
        return original.apply(this, parameters) as never;
      });
    });
  }
}
