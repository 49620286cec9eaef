import type { Response, ResponseTextConfig, Tool } from 'openai/resources/responses/responses';
import type { ReasoningEffort } from 'openai/resources/shared';
import type { InputItem } from '../conversations/input-item.js';

/** How the model may use tools. */
export type ToolChoice = Response['tool_choice'];

/** How an answer is asked for, apart from what it is about. */
export interface AnswerParameters {
  instructions: string | null;
  maxOutputTokens: number | null;
  /** Of hosted tools. */
  maxToolCalls: number | null;
  temperature: number | null;
  topP: number | null;
  /** The caller's, and those that the model service runs itself. */
  tools: Tool[];
  toolChoice: ToolChoice;
  /** Null leaves it to the model service. */
  parallelToolCalls: boolean | null;
  text: ResponseTextConfig;
  reasoningEffort: ReasoningEffort;
  /** How else the model is to think, as it was said. */
  reasoning?: Readonly<Record<string, unknown>>;
  /** What else is to be told of the answer. */
  include?: readonly string[];
  /** How the model service is to shorten what it is told. */
  contextManagement?: readonly unknown[] | null;
  /** How many alternatives are told for each token; null asks for no probabilities at all. */
  topLogprobs: number | null;
  /** `disabled` refuses a history that the model's window does not hold. */
  truncation: 'auto' | 'disabled';
  /** Fields that chat completions have under the same name. */
  passedOn: Readonly<Record<string, unknown>>;
}

/** What a response does not show of how it was asked for, as it is kept for who asks so again. */
export type UnshownParameters = Pick<
  AnswerParameters,
  'passedOn' | 'contextManagement' | 'include'
>;

/** A response that a caller asks for. */
export interface CreateResponseParams extends AnswerParameters {
  /** Null is the conversation's, or the turbo model. */
  model: string | null;
  input: readonly InputItem[];
  /** At most one of the two is given. */
  conversationId: string | null;
  previousResponseId: string | null;
  metadata: Readonly<Record<string, string>>;
  store: boolean;
  /** Whether it goes on without its caller. */
  background: boolean;
  stream: boolean;
}
