import type { ModelSettings } from '../config/settings.js';
import type { ModelRequest, Sampling } from '../models/model-request.js';

/**
 * A text to be continued, on the upstream API that the operator chose: completions take it as the
 * prompt, and chat takes it as one user message.
 */
export function textCompletion(
  models: ModelSettings,
  text: string,
  sampling: Sampling,
): ModelRequest {
  const { gpt3: model, gpt3Api: api } = models;
  const asked = {
    model,
    instructions: [],
    items: [{ type: 'message' as const, role: 'user' as const, content: text }],
  };
  switch (api) {
    case 'completions':
      return { ...asked, form: 'text', sampling };
    case 'chat':
      return { ...asked, form: 'chat', sampling: { ...sampling, ...reasoning(models) } };
  }
}

/** The operator's reasoning effort, which models have that are told what was said. */
export function reasoning({ reasoningEffort }: ModelSettings): Sampling {
  return reasoningEffort === null ? {} : { reasoning_effort: reasoningEffort };
}
