import { Injectable } from '@nestjs/common';
import { Metrics } from '../common/metrics/metrics.js';
import { KeyRoster } from './key-roster.js';
import { keyStates } from './key-state.js';

/** How many keys are in which state, for operators. */
@Injectable()
export class KeyFigures {
  constructor(roster: KeyRoster, metrics: Metrics) {
    metrics.read('gauge', 'alice_keys', 'API keys by state', () => {
      const counts = new Map(keyStates.map((state) => [state, 0]));
      for (const { state } of roster.keys) counts.set(state, (counts.get(state) ?? 0) + 1);
      return Array.from(counts, ([state, value]) => ({ labels: { state }, value }));
    });
    metrics.read(
      'gauge',
      'alice_keys_in_doubt',
      'API keys that are asked last: they did not answer in time, or refused calls without proof',
      () => {
        let value = 0;
        for (const { passedOverUntil } of roster.keys) if (passedOverUntil !== null) value += 1;
        return [{ labels: {}, value }];
      },
    );
  }
}
