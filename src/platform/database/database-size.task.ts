import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { PeriodicTasks } from '../tasks/periodic-tasks.js';
import { Metrics } from '../telemetry/metrics.js';
import { Database, databaseBytes } from './database.js';

const lookEveryMs = 60_000;

/** Looks up how large the database is: seldom, as PostgreSQL asks its file system for every table. */
@Injectable()
export class DatabaseSizeTask implements OnModuleInit {
  private readonly logger = new Logger(DatabaseSizeTask.name);
  private bytes = 0;

  constructor(
    private readonly database: Database,
    private readonly tasks: PeriodicTasks,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'alice_database_size_bytes',
      'Size of the database with its indexes, and on SQLite its log; looked up once a minute',
      () => this.bytes,
    );
  }

  async onModuleInit(): Promise<void> {
    await this.look();
    this.tasks.every(lookEveryMs, 'database-size', () => this.look());
  }

  private async look(): Promise<void> {
    try {
      const [[row] = []] = await this.database.read({
        sql: `SELECT ${databaseBytes} AS bytes`,
        parameters: [],
      });
      this.bytes = Number(row?.['bytes']);
    } catch (error) {
      this.logger.warn(`The database's size could not be looked up: ${String(error)}`);
    }
  }
}
