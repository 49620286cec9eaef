import { Module } from '@nestjs/common';
import { CompactionProvider } from './compaction.provider.js';
import { Gpt3Provider } from './gpt3.provider.js';
import { Gpt4Provider } from './gpt4.provider.js';
import { ModelProviders } from './model-providers.js';
import { RolePlayProvider } from './role-play.provider.js';
import { SummaryProvider } from './summary.provider.js';
import { TurboProvider } from './turbo.provider.js';

/** The ways of asking a model: gpt3, turbo, gpt4, role play, the summary, and compaction. */
@Module({
  providers: [
    Gpt3Provider,
    TurboProvider,
    Gpt4Provider,
    RolePlayProvider,
    SummaryProvider,
    CompactionProvider,
    ModelProviders,
  ],
  exports: [ModelProviders, SummaryProvider, CompactionProvider],
})
export class ProvidersModule {}
