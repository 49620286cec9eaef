import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { TextBody } from '../../platform/http/text-body.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { StatelessAnswersService } from '../../turns/stateless-answers.service.js';
import { TurnsService } from '../../turns/turns.service.js';
import { AnswerWriter } from './answer.writer.js';
import { ConversationHeader } from './conversation-header.decorator.js';
import { ConversationIdPipe, QuestionPipe } from './pipes/text.pipes.js';
import { TextPost } from './text-post.decorator.js';

const chatRoute = 'POST /chatgpt/chat';

/** Asking the model within a conversation. */
@Controller('chatgpt')
export class TurnsController {
  constructor(
    private readonly turns: TurnsService,
    private readonly statelessAnswers: StatelessAnswersService,
    private readonly answers: AnswerWriter,
  ) {}

  /** Without a conversation the question is answered once, as turbo, and nothing is kept. */
  @TextPost('chat')
  @CallsModel(true)
  chat(
    @CurrentCaller() caller: Caller,
    @ConversationHeader() id: string | undefined,
    @TextBody(QuestionPipe) question: string,
    @Res() response: Response,
  ): Promise<void> {
    return this.answers.sendOnce(caller, chatRoute, [id ?? null, question], response, (call) =>
      id
        ? this.turns.chat(caller, id, question, call)
        : this.statelessAnswers.quickAnswer({ question }, call),
    );
  }

  @TextPost('regenerate')
  @CallsModel(true)
  regenerate(
    @CurrentCaller() caller: Caller,
    @ConversationHeader(ConversationIdPipe) id: string,
    @Res() response: Response,
  ): Promise<void> {
    return this.answers.send(response, (call) => this.turns.regenerate(caller, id, call));
  }
}
