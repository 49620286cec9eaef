import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Metrics } from '../telemetry/metrics.js';
import { Clock } from '../time/clock.js';
import { Settings } from '../../config/settings.js';
import { databaseFor, dataSourceOptions, type Entities } from './data-source.options.js';
import { Database } from './database.js';
import { ExpiredRows } from './expired-rows.js';
import { MeasuredDatabase } from './measured.database.js';
import { UnitOfWorkWriter } from './unit-of-work.writer.js';
import { openDataSource } from './open-data-source.js';

/** The database itself, which shares its connection with TypeORM. */
abstract class ConnectedDatabase extends Database {}

/** Holds the connection's two faces: prepared statements for everyone, TypeORM for the schema. */
@Global()
@Module({
  providers: [
    {
      provide: ConnectedDatabase,
      inject: [Settings, Clock],
      useFactory: ({ database }: Settings, clock: Clock) => databaseFor(database, clock),
    },
    {
      provide: MeasuredDatabase,
      inject: [ConnectedDatabase, Metrics],
      useFactory: (database: Database, metrics: Metrics) => new MeasuredDatabase(database, metrics),
    },
    { provide: Database, useExisting: MeasuredDatabase },
    ExpiredRows,
    UnitOfWorkWriter,
  ],
  exports: [ConnectedDatabase, Database, MeasuredDatabase, ExpiredRows, UnitOfWorkWriter],
})
class ConnectionModule {}

/** Opens the database, runs its migrations and gives every module {@link Database}. */
@Module({})
export class DatabaseModule {
  /** @param entities every table of the service, those that others refer to first */
  static forRoot(entities: Entities): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        ConnectionModule,
        TypeOrmModule.forRootAsync({
          inject: [Settings, ConnectedDatabase],
          useFactory: async (settings: Settings, database: Database) => ({
            ...(await dataSourceOptions(settings.database, database, entities)),
            // A database that cannot be opened stops the start at once; the supervisor tries again.
            toRetry: () => false,
          }),
          dataSourceFactory: openDataSource,
        }),
      ],
    };
  }
}
