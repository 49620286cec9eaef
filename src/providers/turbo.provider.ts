import { Injectable } from '@nestjs/common';
import { Settings } from '../config/settings.js';
import { ChatProvider } from './chat.provider.js';

/** The original API's `createTurbo`: the small chat model. */
@Injectable()
export class TurboProvider extends ChatProvider {
  readonly kind = 'turbo';

  constructor({ models }: Settings) {
    super(models.turbo, models);
  }
}
