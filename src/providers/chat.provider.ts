import type { ModelSettings } from '../config/settings.js';
import { chatMessages } from '../upstreams/dialects/chat-completions/chat-messages.js';
import { ModelProvider } from './model-provider.js';
import type { ChatMessage, ModelParameters, ModelRequest } from '../models/model-request.js';
import { reasoning } from './text-completion.js';
import type { Speakers, Transcript } from './transcript.js';

/** What turbo and gpt4 share: the prompt as system message, the sentences as chat messages. */
export abstract class ChatProvider extends ModelProvider {
  readonly defaultPrompt =
    'You are ChatGPT, a large language model trained by OpenAI. Answer as concisely as possible.';

  protected constructor(
    private readonly model: string,
    private readonly models: ModelSettings,
  ) {
    super();
  }

  override speakers(): Speakers {
    return { user: 'user', assistant: 'assistant' };
  }

  override request(transcript: Transcript, parameters: ModelParameters = {}): ModelRequest {
    const said = transcript.said
      ? chatMessages(transcript.said)
      : transcript.sentences.map(({ role, text }): ChatMessage => ({ role, content: text }));
    const system: ChatMessage = { role: 'system', content: transcript.prompt };
    return {
      api: 'chat',
      model: this.model,
      messages: transcript.prompt === '' ? said : [system, ...said],
      parameters: { ...reasoning(this.models), ...parameters },
    };
  }
}
