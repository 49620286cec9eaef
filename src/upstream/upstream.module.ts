import { Module } from '@nestjs/common';
import { KeysModule } from '../keys/keys.module.js';
import { ModelCatalogService } from './model-catalog.service.js';
import { ModelShutdownTask } from './model-shutdown.task.js';
import { UpstreamService } from './upstream.service.js';

/** The way to the model. */
@Module({
  imports: [KeysModule],
  providers: [UpstreamService, ModelCatalogService, ModelShutdownTask],
  exports: [UpstreamService, ModelCatalogService],
})
export class UpstreamModule {}
