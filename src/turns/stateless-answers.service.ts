import { Injectable } from '@nestjs/common';
import { ModelProviders } from '../providers/model-providers.js';
import type { ModelRequest } from '../models/model-request.js';
import { SummaryProvider } from '../providers/summary.provider.js';
import type { ConversationKind, Sentence } from '../providers/transcript.js';
import { TextAnswer, type Delivery } from './text-answer.js';
import { TurnEngine } from './turn-engine.js';
import type { TurnCall } from './turn-call.js';

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
export class StatelessAnswersService {
  constructor(
    private readonly providers: ModelProviders,
    private readonly summaries: SummaryProvider,
    private readonly engine: TurnEngine,
  ) {}

  /** Answers one question. @throws AppError */
  quickAnswer(
    { question, kind = 'turbo', prompt = '', examples = [] }: QuickQuestion,
    call: TurnCall,
  ): Promise<void> {
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
    const request = provider.request(transcript, provider.quickAnswerSampling);
    return this.ask(request, call, call.stream ? 'stream' : 'trimmed');
  }

  /** Sums up an article, in the model's own words and line feeds. @throws AppError */
  summary(article: string, call: TurnCall): Promise<void> {
    return this.ask(this.summaries.request(article), call, 'verbatim');
  }

  private async ask(
    request: ModelRequest,
    { abort, text }: TurnCall,
    delivery: Delivery,
  ): Promise<void> {
    const stream = delivery === 'stream';
    text.start(stream);
    const answer = new TextAnswer(delivery, (piece) => text.write(piece));
    await this.engine.answer(request, { stream, abort }, answer);
  }
}
