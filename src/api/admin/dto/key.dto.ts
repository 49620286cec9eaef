import type { AttemptOutcome } from '../../../keys/attempt-outcome.js';
import type { KeySource, KeyState } from '../../../keys/key-state.js';

/** A model that a key is not used for. */
export class KeyModelDto {
  model: string;
  state: 'cooling' | 'suspended';
  until: string;
}

/** A key as operators see it; times are ISO 8601. */
export class KeyDto {
  id: string;
  label: string | null;
  source: KeySource;
  lastFour: string;
  state: KeyState;
  reason: string | null;
  until: string | null;
  models: KeyModelDto[];
  lastError: string | null;
  calls: number;
  failures: number;
  inputTokens: number;
  outputTokens: number;
  lastUsedAt: string | null;
  createdAt: string;
}

/** What the model service said of a key when it was asked. */
export class ProbeDto {
  outcome: AttemptOutcome['type'];
  error: string | null;
}

/** A key after a probe. */
export class ProbedKeyDto extends KeyDto {
  probe: ProbeDto;
}
