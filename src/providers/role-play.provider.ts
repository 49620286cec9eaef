import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { dialogSampling } from './gpt3.provider.js';
import { ModelProvider } from './model-provider.js';
import type { ModelRequest, Sampling } from '../models/model-request.js';
import { textCompletion } from './text-completion.js';
import { transcriptText, type Speakers, type Transcript } from './transcript.js';

/** The original API's `createRolePlay`: a transcript between two named characters. */
@Injectable()
export class RolePlayProvider extends ModelProvider {
  readonly kind = 'role-play';

  constructor(private readonly settings: Settings) {
    super();
  }

  override speakers({ humanName, aiName }: Transcript): Speakers {
    return { user: humanName ?? 'Human', assistant: aiName ?? 'AI' };
  }

  override request(transcript: Transcript, sampling: Sampling = {}): ModelRequest {
    const speakers = this.speakers(transcript);
    const text = `${transcriptText(transcript, speakers)}\n${speakers.assistant}: `;
    return textCompletion(this.settings.models, text, {
      ...dialogSampling(speakers.user),
      ...sampling,
    });
  }
}
