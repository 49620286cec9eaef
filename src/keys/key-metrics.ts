import { Injectable } from '@nestjs/common';
import { Metrics } from '../platform/telemetry/metrics.js';
import { KeyRegistry } from './key-registry.js';
import { keyStates } from './key-state.js';

/** How many keys are in which state, for operators. */
@Injectable()
export class KeyMetrics {
  constructor(registry: KeyRegistry, metrics: Metrics) {
    metrics.read('gauge', 'alice_keys', 'API keys by state', () => {
      const counts = new Map(keyStates.map((state) => [state, 0]));
      for (const { state } of registry.keys) counts.set(state, (counts.get(state) ?? 0) + 1);
      return Array.from(counts, ([state, value]) => ({ labels: { state }, value }));
    });
    metrics.read(
      'gauge',
      'alice_keys_in_doubt',
      'API keys that are asked last: they did not answer in time, or refused calls without proof',
      () => {
        let value = 0;
        for (const { passedOverUntil } of registry.keys) if (passedOverUntil !== null) value += 1;
        return [{ labels: {}, value }];
      },
    );
  }
}
