import { Injectable } from '@nestjs/common';
import { KeyProbe } from '../keys/key-probe.js';
import type { AttemptOutcome, AttemptReport } from '../keys/attempt-outcome.js';
import { classify, describeError, outcomeOf } from './retry/call-failure.js';
import { UpstreamService } from './upstream.service.js';

/** Probes a key by listing the models with it, which costs nothing. */
@Injectable()
export class UpstreamKeyProbe extends KeyProbe {
  constructor(private readonly upstream: UpstreamService) {
    super();
  }

  override async probe(secret: string): Promise<AttemptReport> {
    try {
      await this.upstream.listModelsWith(secret);
      return { outcome: { type: 'served' } };
    } catch (thrown) {
      const failure = classify(thrown);
      // Where there is no such list, nothing is said against the key, and nothing ever would be.
      const outcome: AttemptOutcome =
        failure.type === 'unserved' ? { type: 'request-refused' } : outcomeOf(failure);
      return { outcome, error: describeError(thrown) };
    }
  }
}
