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
  | { type: 'custom'; name: string; description?: string; format?: CustomFormat }
  | HostedTool;

/** A tool that the model service itself runs, in its own words. */
export interface HostedTool {
  type: 'hosted';
  tool: Readonly<Record<string, unknown>>;
}

/** What a custom tool is called with: any text, or what a grammar allows. */
export interface CustomFormat {
  type: string;
  definition?: string;
  syntax?: string;
}

/** Whether the model must call a tool, may, or which one. */
export type ToolChoice =
  | 'none'
  | 'auto'
  | 'required'
  | { type: 'function' | 'custom'; name: string }
  /** Some of them, of all that the model is told of. */
  | {
      type: 'allowed_tools';
      mode: 'auto' | 'required';
      tools: readonly Readonly<Record<string, unknown>>[];
    }
  /** In the words of the service that runs the tool. */
  | { type: 'hosted'; choice: Readonly<Record<string, unknown>> };

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
  /** Of those that the model service runs. */
  max_tool_calls?: number;
  format?: AnswerFormat;
  verbosity?: string;
  /** How it is to think, its effort apart. */
  reasoning?: Readonly<Record<string, unknown>>;
  /** What else is to be told of the answer. */
  include?: readonly string[];
  /** How its service is to shorten what it is told. */
  context_management?: readonly unknown[];
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
  /** More of that, for this answer alone. */
  instructionsOnce?: string;
  /** What was said, the question last. */
  items: readonly Item[];
  /** Chosen by the service itself, and so left out where a model refuses it. */
  sampling: Sampling;
  /**
   * From how many tokens on its service is to compact what was said, where it can: chosen by the service
   * itself, too.
   */
  compactAt?: number | null;
  wanted?: WantedAnswer;
}
