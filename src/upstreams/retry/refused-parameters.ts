import { Logger } from '@nestjs/common';
import type { ModelParameters } from '../../models/model-request.js';

/** Names that a newer API has for an older parameter: tried before the parameter is left out. */
const renamed = new Map([['max_tokens', 'max_completion_tokens']]);

/** Whether a parameter says how long an answer may be. */
export function isLength(parameter: string | null): boolean {
  return [...renamed].flat().includes(parameter ?? '');
}

/**
 * Remembers which parameters a model refuses, because today's models refuse many that yesterday's
 * took, and lists of model names go stale: the upstream's own answer is the only list that is right.
 */
export class RefusedParameters {
  private readonly logger = new Logger(RefusedParameters.name);
  private readonly byModel = new Map<string, Set<string>>();

  /** The parameters as this model takes them: refused ones renamed or left out. */
  accepted(model: string, parameters: ModelParameters): ModelParameters {
    const refused = this.byModel.get(model);
    if (!refused) return parameters;
    const accepted: Record<string, ModelParameters[string]> = {};
    for (const [name, value] of Object.entries(parameters)) {
      const usable = [name, renamed.get(name)].find(
        (candidate) => candidate !== undefined && !refused.has(candidate),
      );
      if (usable !== undefined) accepted[usable] = value;
    }
    return accepted;
  }

  /** Takes note of a refusal. False when the parameter was not ours, so nothing would change. */
  learn(model: string, parameter: string | null, sent: ModelParameters): boolean {
    // `stream_options.include_usage` is a part of the parameter that we added.
    const name = parameter?.split('.')[0] ?? '';
    if (!Object.hasOwn(sent, name)) return false;
    const refused = this.byModel.get(model) ?? new Set();
    if (!refused.has(name)) {
      this.logger.log(`${model} refuses the parameter ${name}; it is left out from now on`);
    }
    this.byModel.set(model, refused.add(name));
    return true;
  }
}
