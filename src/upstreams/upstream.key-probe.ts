import { Injectable } from '@nestjs/common';
import { KeyProbe } from '../keys/key-probe.js';
import type { KeySignal, Outcome } from '../keys/key-signal.js';
import { classify, describeError, signalOf } from './retry/call-failure.js';
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
      const failure = classify(thrown);
      // Where there is no such list, nothing is said against the key, and nothing ever would be.
      const signal: KeySignal =
        failure.type === 'unserved' ? { type: 'request-refused' } : signalOf(failure);
      return { signal, error: describeError(thrown) };
    }
  }
}
