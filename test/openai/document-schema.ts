import { Ajv } from 'ajv';
import { v1Schemas, type V1Schema } from '../../src/api/openai/v1-schemas.openapi.js';

const ajv = new Ajv({ strict: false, validateFormats: false });
ajv.addSchema({ components: { schemas: v1Schemas } }, 'document');

/** How our own document calls what OpenAI's calls by another name. */
const ourNames: Readonly<Record<string, V1Schema>> = {
  CreateChatCompletionResponse: 'ChatCompletion',
  CreateCompletionResponse: 'Completion',
  ListModelsResponse: 'ModelList',
  Model: 'Model',
  ConversationResource: 'Conversation',
  DeletedConversationResource: 'DeletedConversation',
  ConversationItem: 'ListedItem',
  ConversationItemList: 'ItemPage',
  ResponseItemList: 'ItemPage',
  Response: 'Response',
  TokenCountsResource: 'InputTokens',
};

const bodies: [path: RegExp, schema: V1Schema][] = [
  [/^\/chat\/completions$/, 'CreateChatCompletion'],
  [/^\/completions$/, 'CreateCompletion'],
  [/^\/embeddings$/, 'CreateEmbedding'],
  [/^\/conversations$/, 'CreateConversation'],
  [/^\/conversations\/[^/]+\/items$/, 'CreateItems'],
  [/^\/conversations\/[^/]+\/fork$/, 'ForkConversation'],
  [/^\/conversations\/[^/]+\/regenerate$/, 'RegenerateAnswer'],
  [/^\/conversations\/[^/]+$/, 'UpdateConversation'],
  [/^\/responses(\/input_tokens)?$/, 'CreateResponse'],
];

function faultsBy(schema: V1Schema, value: unknown): string[] {
  // Found again by its address: what is compiled again each time takes as long as all else.
  const validate = ajv.getSchema(`document#/components/schemas/${schema}`);
  if (!validate) throw new Error(`The document has no schema ${schema}`);
  if (validate(value)) return [];
  const shown = JSON.stringify(value).slice(0, 500);
  return (validate.errors ?? []).map(
    ({ instancePath, message = '' }) => `our ${schema}${instancePath} ${message}: ${shown}`,
  );
}

/** How an answer differs from our own OpenAPI document. @param schema by its name in OpenAI's */
export function documentFaultsOf(schema: string, value: unknown): string[] {
  const name = ourNames[schema];
  return name === undefined ? [] : faultsBy(name, value);
}

/** How a body that was taken differs from it. @param path without /v1 */
export function takenFaultsOf(path: string, body: unknown): string[] {
  const found = bodies.find(([pattern]) => pattern.test(path));
  return found ? faultsBy(found[1], body) : [];
}
