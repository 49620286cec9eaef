import { Module } from '@nestjs/common';
import { KeyProbe } from '../keys/key-probe.js';
import { KeyProbeTask } from '../keys/key-probe.task.js';
import { KeysModule } from '../keys/keys.module.js';
import { ModelCatalogService } from './model-catalog.service.js';
import { UpstreamKeyProbe } from './upstream.key-probe.js';
import { UpstreamService } from './upstream.service.js';

/** The way to the model. It knows how to probe keys, so the probe task runs here. */
@Module({
  imports: [KeysModule],
  providers: [
    UpstreamService,
    ModelCatalogService,
    { provide: KeyProbe, useClass: UpstreamKeyProbe },
    KeyProbeTask,
  ],
  exports: [UpstreamService, ModelCatalogService, KeyProbeTask],
})
export class UpstreamModule {}
