import { Injectable } from '@nestjs/common';
import { Gpt3Provider } from './gpt3.provider.js';
import { Gpt4Provider } from './gpt4.provider.js';
import type { ModelProvider } from './model-provider.js';
import { RolePlayProvider } from './role-play.provider.js';
import type { ConversationKind } from './transcript.js';
import { TurboProvider } from './turbo.provider.js';

/** Finds the provider of a conversation's kind. */
@Injectable()
export class ModelProviders {
  private readonly byKind: Record<ConversationKind, ModelProvider>;

  constructor(
    gpt3: Gpt3Provider,
    turbo: TurboProvider,
    gpt4: Gpt4Provider,
    rolePlay: RolePlayProvider,
  ) {
    this.byKind = { gpt3, turbo, gpt4, 'role-play': rolePlay };
  }

  of(kind: ConversationKind): ModelProvider {
    return this.byKind[kind];
  }
}
