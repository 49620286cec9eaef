import { Global, Module } from '@nestjs/common';
import { IdSource, RandomIdSource } from './id-source.js';

/** Gives every module the id source. */
@Global()
@Module({
  providers: [{ provide: IdSource, useClass: RandomIdSource }],
  exports: [IdSource],
})
export class IdsModule {}
