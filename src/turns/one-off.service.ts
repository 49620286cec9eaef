import { Injectable } from '@nestjs/common';
import { toAppError } from '../common/errors/to-app-error.js';
import { ModelProviders } from '../providers/model-providers.js';
import type { ModelRequest } from '../providers/model-request.js';
import { SummaryProvider } from '../providers/summary.provider.js';
import type { ConversationKind, Sentence } from '../providers/transcript.js';
import { UpstreamService } from '../upstream/upstream.service.js';
import { readAnswer, type Delivery } from './answer.js';
import type { TurnCall, TurnEvent } from './turn-event.js';

/** A question that no conversation is kept for. */
export interface QuickQuestion {
  question: string;
  /** Turbo unless said. */
  kind?: Exclude<ConversationKind, 'role-play'> | undefined;
  /** None unless said. */
  prompt?: string;
  /** Questions and answers in turn. */
  examples?: readonly string[];
}

/** Answers that nothing is kept of. */
@Injectable()
export class OneOffService {
  constructor(
    private readonly providers: ModelProviders,
    private readonly summaries: SummaryProvider,
    private readonly upstream: UpstreamService,
  ) {}

  /** Answers one question. Ends with `failed` for every error. */
  quickAnswer(
    { question, kind = 'turbo', prompt = '', examples = [] }: QuickQuestion,
    call: TurnCall,
  ): AsyncGenerator<TurnEvent> {
    const provider = this.providers.of(kind);
    const transcript = {
      prompt,
      settings: '' as const,
      humanName: null,
      aiName: null,
      sentences: [...examples, question].map((text, index): Sentence => ({
        role: index % 2 === 0 ? 'user' : 'assistant',
        text,
      })),
    };
    const request = provider.request(transcript, provider.quickAnswerParameters);
    return this.ask(request, call, call.stream ? 'stream' : 'trimmed');
  }

  /** Sums up an article, in the model's own words and line feeds. */
  summary(article: string, call: TurnCall): AsyncGenerator<TurnEvent> {
    return this.ask(this.summaries.request(article), call, 'verbatim');
  }

  private async *ask(
    request: ModelRequest,
    { abort }: TurnCall,
    delivery: Delivery,
  ): AsyncGenerator<TurnEvent> {
    const stream = delivery === 'stream';
    try {
      yield { type: 'started', stream };
      const { usage } = yield* readAnswer(this.upstream.ask(request, { stream, abort }), delivery);
      yield { type: 'done', usage };
    } catch (error) {
      yield { type: 'failed', error: toAppError(error) };
    }
  }
}
