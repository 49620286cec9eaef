import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { ShuttingDownError } from '../common/errors/http.errors.js';
import { Database } from '../database/database.js';

/** What a healthy service says. */
export interface Health {
  status: 'ok';
}

/** Whether the service can do its work. */
@Injectable()
export class HealthService implements BeforeApplicationShutdown {
  private shuttingDown = false;

  constructor(private readonly database: Database) {}

  /** @throws ShuttingDownError or DatabaseUnavailableError */
  async checkReady(): Promise<Health> {
    if (this.shuttingDown) throw new ShuttingDownError();
    await this.database.read({ sql: 'SELECT 1', parameters: [] });
    return { status: 'ok' };
  }

  beforeApplicationShutdown(): void {
    this.shuttingDown = true;
  }
}
