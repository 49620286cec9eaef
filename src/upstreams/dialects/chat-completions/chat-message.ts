/** A message of the chat completions API. */
export type ChatMessage =
  | { role: 'system' | 'developer'; content: string }
  | { role: 'user'; content: string | readonly ChatPart[] }
  | AssistantMessage
  | { role: 'tool'; tool_call_id: string; content: string };

/** What the model said, thought and called in one go. */
export interface AssistantMessage {
  role: 'assistant';
  content: string | null;
  refusal?: string;
  tool_calls?: readonly ChatToolCall[];
  /** Wanted back, with the calls that it led to, by the services that send it. */
  reasoning_content?: string;
  /** The same of services that send it in this form. */
  reasoning_details?: readonly unknown[];
}

/** A part of a user's message. */
export type ChatPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail?: string } }
  | { type: 'file'; file: { filename?: string; file_data: string } };

/** A tool that the model called. */
export type ChatToolCall =
  | {
      id: string;
      type: 'function';
      function: { name: string; arguments: string };
      extra_content?: unknown;
    }
  | { id: string; type: 'custom'; custom: { name: string; input: string } };
