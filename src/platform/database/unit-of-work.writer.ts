import { Injectable } from '@nestjs/common';
import { Database } from './database.js';
import { statementsOf } from './statements.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Writes what features have put together, all or nothing. */
@Injectable()
export class UnitOfWorkWriter {
  constructor(private readonly database: Database) {}

  /** @returns false when a part of it missed, and nothing was written */
  async write(unitOfWork: UnitOfWork): Promise<boolean> {
    const batch = statementsOf(unitOfWork);
    return batch.length === 0 || (await this.database.write(batch)).committed;
  }
}
