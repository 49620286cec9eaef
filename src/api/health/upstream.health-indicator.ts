import { Injectable } from '@nestjs/common';
import { UpstreamService } from '../../upstreams/upstream.service.js';
import { HealthIndicator } from './health.indicator.js';

/** Whether the model service failed in the latest call. All replicas share it, so it unreadies none. */
@Injectable()
export class UpstreamHealthIndicator extends HealthIndicator {
  readonly part = 'upstream';
  override readonly isRequired = false;

  constructor(private readonly upstream: UpstreamService) {
    super();
  }

  override check(): void {
    if (this.upstream.failure) throw this.upstream.failure;
  }
}
