import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ChatProvider } from './chat.provider.js';

/** The original API's `createGPT4`: the large chat model. */
@Injectable()
export class Gpt4Provider extends ChatProvider {
  readonly kind = 'gpt4';

  constructor({ models }: Settings) {
    super(models.gpt4, models);
  }
}
