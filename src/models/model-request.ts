import type { Item } from './item.js';

/**
 * How an answer is sampled and how long it may be, by the names of OpenAI's Responses API where it
 * has one.
 */
export interface Sampling {
  max_output_tokens?: number;
  temperature?: number;
  top_p?: number;
  frequency_penalty?: number;
  presence_penalty?: number;
  stop?: readonly string[];
  reasoning_effort?: string;
}

/** A tool of the caller's that the model may call. */
export type Tool =
  | {
      type: 'function';
      name: string;
      description?: string | null;
      parameters: Readonly<Record<string, unknown>> | null;
      strict: boolean | null;
    }
  | { type: 'custom'; name: string; description?: string; format?: CustomFormat };

/** What a custom tool is called with: any text, or what a grammar allows. */
export interface CustomFormat {
  type: string;
  definition?: string;
  syntax?: string;
}

/** Whether the model must call a tool, may, or which one. */
export type ToolChoice =
  'none' | 'auto' | 'required' | { type: 'function' | 'custom'; name: string };

/** What the answer's text is to be. */
export type AnswerFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema';
      name: string;
      schema: Readonly<Record<string, unknown>>;
      description?: string | null;
      strict?: boolean | null;
    };

/** What the caller wants of the answer. It is asked for as it is, and refused aloud. */
export interface WantedAnswer extends Sampling {
  top_logprobs?: number;
  tools?: readonly Tool[];
  tool_choice?: ToolChoice;
  parallel_tool_calls?: boolean;
  format?: AnswerFormat;
  verbosity?: string;
  /** Fields that are handed on as they came. */
  passthrough?: Readonly<Record<string, unknown>>;
}

/** What to ask a model, free of keys, addresses, and of how its service is spoken to. */
export interface ModelRequest {
  model: string;
  /** `chat` answers what was said; `text` continues the text of its only message. */
  form: 'chat' | 'text';
  /** What the model is to be, told before everything else. */
  instructions: readonly string[];
  /** What was said, the question last. */
  items: readonly Item[];
  /** Chosen by the service itself, and so left out where a model refuses it. */
  sampling: Sampling;
  wanted?: WantedAnswer;
}
