/** A message of the chat completions API. */
export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
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
