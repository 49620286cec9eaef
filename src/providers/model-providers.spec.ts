import { readSettings } from '../config/read-settings.js';
import { Gpt3Provider } from './gpt3.provider.js';
import { Gpt4Provider } from './gpt4.provider.js';
import { ModelProviders } from './model-providers.js';
import { RolePlayProvider } from './role-play.provider.js';
import type { ConversationKind } from './transcript.js';
import { TurboProvider } from './turbo.provider.js';

describe('the providers', () => {
  const settings = readSettings({});
  const providers = new ModelProviders(
    new Gpt3Provider(settings),
    new TurboProvider(settings),
    new Gpt4Provider(settings),
    new RolePlayProvider(settings),
  );

  it.each<ConversationKind>(['gpt3', 'turbo', 'gpt4', 'role-play'])(
    'have one for conversations of the kind %s',
    (kind) => {
      expect(providers.of(kind).kind).toBe(kind);
    },
  );
});
