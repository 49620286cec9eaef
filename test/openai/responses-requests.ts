import { faultsOf } from './openai-schema.js';

/** Items that OpenAI takes and the installed client's types do not know yet. */
const newerTypes = ['configuration_update'];

/**
 * What is wrong, by the installed client's types, with a body that was sent to a model service's
 * `/v1/responses`; empty when nothing is.
 * @param unknownTypes of items that are handed back whatever they are: they are not looked at.
 */
export function checkResponsesRequest(
  body: Record<string, unknown>,
  unknownTypes: readonly string[] = [],
): string[] {
  const unchecked = new Set([...newerTypes, ...unknownTypes]);
  const { input } = body;
  const known = Array.isArray(input)
    ? input.filter((item: { type?: string }) => !unchecked.has(item.type ?? 'message'))
    : input;
  return faultsOf('CreateResponse', { ...body, input: known });
}
