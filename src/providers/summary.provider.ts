import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import type { ModelRequest, Sampling } from '../models/model-request.js';
import { textCompletion } from './text-completion.js';

const sampling: Sampling = {
  max_output_tokens: 2_048,
  temperature: 0.7,
  top_p: 1,
  frequency_penalty: 0,
  presence_penalty: 1,
};

/** How the original API has an article summed up: by the gpt3 model, which continues after `Tl;dr`. */
@Injectable()
export class SummaryProvider {
  constructor(private readonly settings: Settings) {}

  request(article: string): ModelRequest {
    return textCompletion(this.settings.models, `${article}\nTl;dr\n`, sampling);
  }
}
