import { Global, Module } from '@nestjs/common';
import { Shutdown } from './shutdown.js';

/** Tells every module how far the service is on its way out. */
@Global()
@Module({ providers: [Shutdown], exports: [Shutdown] })
export class ShutdownModule {}
