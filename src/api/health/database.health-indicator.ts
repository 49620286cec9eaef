import { Injectable } from '@nestjs/common';
import { MeasuredDatabase } from '../../platform/database/measured.database.js';
import { HealthIndicator } from './health.indicator.js';

/** Whether the database can be read, and written if its last write failed. */
@Injectable()
export class DatabaseHealthIndicator extends HealthIndicator {
  readonly part = 'database';

  constructor(private readonly database: MeasuredDatabase) {
    super();
  }

  override check(): Promise<void> {
    return this.database.check();
  }
}
