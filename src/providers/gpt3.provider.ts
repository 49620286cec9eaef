import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ModelProvider } from './model-provider.js';
import type { ModelRequest, Sampling } from '../models/model-request.js';
import { textCompletion } from './text-completion.js';
import { transcriptText, type Speakers, type Transcript } from './transcript.js';

const plain: Sampling = {
  max_output_tokens: 500,
  temperature: 0.9,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 0.6,
};

/** How the original asks in a friend chat and in role play: shorter lines, and never both sides. */
export function dialogSampling(humanName: string): Sampling {
  return {
    max_output_tokens: 512,
    temperature: 0.5,
    top_p: 1,
    frequency_penalty: 0.5,
    presence_penalty: 0,
    stop: [`${humanName}:`],
  };
}

/** The original API's `create`: the model continues a transcript, as an assistant or as a friend. */
@Injectable()
export class Gpt3Provider extends ModelProvider {
  readonly kind = 'gpt3';
  override readonly defaultPrompt =
    'The following is a conversation with an AI assistant. The assistant is helpful, creative, clever, and very friendly.\n';
  override readonly quickAnswerSampling = { max_output_tokens: 3_500 };

  constructor(private readonly settings: Settings) {
    super();
  }

  override speakers({ settings }: Transcript): Speakers {
    switch (settings) {
      case '':
        return { user: 'Human', assistant: 'AI' };
      case 'FriendChat':
        return { user: 'You', assistant: 'Friend' };
    }
  }

  override request(transcript: Transcript, sampling: Sampling = {}): ModelRequest {
    const speakers = this.speakers(transcript);
    const own = transcript.settings === '' ? plain : dialogSampling(speakers.user);
    const text = `${transcriptText(transcript, speakers)}\n${speakers.assistant}: `;
    return textCompletion(this.settings.models, text, { ...own, ...sampling });
  }
}
