/** A message of the chat completions API. */
export type ChatMessage =
  | { role: 'system' | 'developer'; content: string }
  | { role: 'user'; content: string | readonly ChatPart[] }
  | {
      role: 'assistant';
      content: string | null;
      refusal?: string;
      tool_calls?: readonly ChatToolCall[];
    }
  | { role: 'tool'; tool_call_id: string; content: string };

/** A part of a user's message. */
export type ChatPart =
  | { type: 'text'; text: string }
  | { type: 'image_url'; image_url: { url: string; detail: string } };

/** A function that the model called. */
interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** Sampling and length parameters, which some models refuse and the upstream layer then leaves out. */
export type ModelParameters = Readonly<
  Record<string, number | string | readonly string[] | Readonly<Record<string, boolean>>>
>;

/** What to ask a model, free of keys, addresses and transport. */
export type ModelRequest =
  | {
      api: 'chat';
      model: string;
      messages: readonly ChatMessage[];
      parameters: ModelParameters;
    }
  | {
      api: 'completions';
      model: string;
      prompt: string;
      parameters: ModelParameters;
    };
