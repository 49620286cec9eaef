import type { ModelSettings } from '../config/settings.js';
import { ModelProvider } from './model-provider.js';
import type { ModelRequest, Sampling } from '../models/model-request.js';
import { reasoning } from './text-completion.js';
import type { Speakers, Transcript } from './transcript.js';

/** What turbo and gpt4 share: the prompt as system message, the sentences as messages. */
export abstract class ChatProvider extends ModelProvider {
  protected constructor(
    private readonly model: string,
    private readonly models: ModelSettings,
  ) {
    super();
  }

  override speakers(): Speakers {
    return { user: 'user', assistant: 'assistant' };
  }

  override request(transcript: Transcript, sampling: Sampling = {}): ModelRequest {
    const { prompt, said, sentences } = transcript;
    return {
      model: this.model,
      form: 'chat',
      instructions: prompt === '' ? [] : [prompt],
      items: said ?? sentences.map(({ role, text }) => ({ type: 'message', role, content: text })),
      sampling: { ...reasoning(this.models), ...sampling },
    };
  }
}
