import type { AnswerParameters } from './create-response-params.js';

/**
 * With `allowed_tools` the model is told of no other tools, so that it can call none of them: many
 * servers take that choice for `auto`. The response shows all of them, as they were given.
 */
export function withAllowedTools<Parameters extends AnswerParameters>(
  parameters: Parameters,
): Parameters {
  const { toolChoice, tools } = parameters;
  if (typeof toolChoice === 'string' || toolChoice.type !== 'allowed_tools') return parameters;
  const allowed = new Set(toolChoice.tools.map(({ name }) => name));
  return {
    ...parameters,
    toolChoice: toolChoice.mode,
    tools: tools.filter(({ name }) => allowed.has(name)),
  };
}
