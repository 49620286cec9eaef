import { Injectable } from '@nestjs/common';
import { KeyProbe } from '../keys/key-probe.js';
import type { Outcome } from '../keys/key-signal.js';
import { classify, describeError, signalOf } from './call-failure.js';
import { UpstreamService } from './upstream.service.js';

/** Probes a key by listing the models with it, which costs nothing. */
@Injectable()
export class UpstreamKeyProbe extends KeyProbe {
  constructor(private readonly upstream: UpstreamService) {
    super();
  }

  override async probe(secret: string): Promise<Outcome> {
    try {
      await this.upstream.listModelsWith(secret);
      return { signal: { type: 'served' } };
    } catch (thrown) {
      return { signal: signalOf(classify(thrown)), error: describeError(thrown) };
    }
  }
}
