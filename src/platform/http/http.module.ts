import { Global, Module } from '@nestjs/common';
import { BodyReader } from './body-reader.js';
import { BytesInFlight } from './bytes-in-flight.js';
import { Connections } from './connections.js';
import { RequestLog } from '../telemetry/request-log.js';

/** What every request passes through, and what all of them share. */
@Global()
@Module({
  providers: [BodyReader, BytesInFlight, Connections, RequestLog],
  exports: [BodyReader, BytesInFlight],
})
export class HttpModule {}
