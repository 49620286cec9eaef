import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { Completion, CompletionCreateParams } from 'openai/resources/completions';
import type {
  Conversation,
  ConversationDeletedResource,
} from 'openai/resources/conversations/conversations';
import type { ConversationItem, ConversationItemList } from 'openai/resources/conversations/items';
import type { Model } from 'openai/resources/models';
import type { ResponseItemList } from 'openai/resources/responses/input-items';
import type { InputTokenCountResponse } from 'openai/resources/responses/input-tokens';
import type {
  CompactedResponse,
  Response,
  ResponseCompactParams,
  ResponseCreateParams,
  ResponseInput,
  ResponseStreamEvent,
} from 'openai/resources/responses/responses';
import type { ErrorObject } from 'openai/resources/shared';

// What the tests judge `/v1` by, under the names of OpenAI's document with `Schema` behind them: the
// client uses some of those names for types of its own.

export type CreateChatCompletionRequestSchema = ChatCompletionCreateParams;
export type CreateChatCompletionResponseSchema = ChatCompletion;
export type CreateChatCompletionStreamResponseSchema = ChatCompletionChunk;
export type CreateCompletionRequestSchema = CompletionCreateParams;
export type CreateCompletionResponseSchema = Completion;
export type ListModelsResponseSchema = { object: 'list'; data: Model[] };
export type ModelSchema = Model;
export type ConversationResourceSchema = Conversation;
export type DeletedConversationResourceSchema = ConversationDeletedResource;
export type ConversationItemSchema = ConversationItem;
export type ConversationItemListSchema = ConversationItemList;
/** What is asked without any place to read the rest from. */
export type CreateResponseSchema = ResponseCreateParams & {
  model: string;
  input: ResponseInput | string;
};
export type CompactResponseMethodPublicBodySchema = ResponseCompactParams;
export type CompactResourceSchema = CompactedResponse;
export type ResponseSchema = Response;
export type ResponseStreamEventSchema = ResponseStreamEvent;
export type ResponseItemListSchema = ResponseItemList;
export type TokenCountsResourceSchema = InputTokenCountResponse;
export type ErrorResponseSchema = { error: ErrorObject };
