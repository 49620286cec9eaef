import type { ModelSettings } from '../config/settings.js';
import type { ModelParameters, ModelRequest } from '../models/model-request.js';

/**
 * A text to be continued, on the upstream API that the operator chose: completions take it as the
 * prompt, and chat takes it as one user message.
 */
export function textCompletion(
  models: ModelSettings,
  text: string,
  parameters: ModelParameters,
): ModelRequest {
  const { gpt3: model, gpt3Api: api } = models;
  switch (api) {
    case 'completions':
      return { api, model, prompt: text, parameters };
    case 'chat':
      return {
        api,
        model,
        messages: [{ role: 'user', content: text }],
        parameters: { ...parameters, ...reasoning(models) },
      };
  }
}

/** The operator's reasoning effort, as a parameter of the chat API. */
export function reasoning({ reasoningEffort }: ModelSettings): ModelParameters {
  return reasoningEffort === null ? {} : { reasoning_effort: reasoningEffort };
}
