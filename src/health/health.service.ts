import { Injectable } from '@nestjs/common';
import { ShuttingDownError } from '../common/errors/http.errors.js';
import { Shutdown } from '../common/shutdown/shutdown.js';
import { Database } from '../database/database.js';

/** What a healthy service says. */
export interface Health {
  status: 'ok';
}

/** Whether the service can do its work. */
@Injectable()
export class HealthService {
  constructor(
    private readonly database: Database,
    private readonly shutdown: Shutdown,
  ) {}

  /** @throws ShuttingDownError or DatabaseUnavailableError */
  async checkReady(): Promise<Health> {
    if (this.shutdown.isAnnounced) throw new ShuttingDownError();
    await this.database.read({ sql: 'SELECT 1', parameters: [] });
    return { status: 'ok' };
  }
}
