import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Settings } from '../config/settings.js';
import { dataSourceOptions } from './data-source.options.js';
import { Database } from './database.js';
import { SqliteDatabase } from './sqlite.database.js';

/** Holds the connection's two faces: prepared statements for everyone, TypeORM for cold paths. */
@Global()
@Module({
  providers: [SqliteDatabase, { provide: Database, useExisting: SqliteDatabase }],
  exports: [SqliteDatabase, Database],
})
class ConnectionModule {}

/** Opens the database, runs its migrations and gives every module {@link Database}. */
@Module({
  imports: [
    ConnectionModule,
    TypeOrmModule.forRootAsync({
      inject: [Settings, SqliteDatabase],
      useFactory: (settings: Settings, database: SqliteDatabase) => ({
        ...dataSourceOptions(settings.database, database),
        // A database that cannot be opened stops the start at once; the supervisor tries again.
        toRetry: () => false,
      }),
    }),
  ],
})
export class DatabaseModule {}
