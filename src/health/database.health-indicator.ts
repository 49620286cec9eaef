import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { HealthIndicator } from './health.indicator.js';

/** Whether the database can be read. */
@Injectable()
export class DatabaseHealthIndicator extends HealthIndicator {
  readonly part = 'database';

  constructor(private readonly database: Database) {
    super();
  }

  override async check(): Promise<void> {
    await this.database.read({ sql: 'SELECT 1', parameters: [] });
  }
}
