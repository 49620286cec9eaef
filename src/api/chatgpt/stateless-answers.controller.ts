import { Controller, Res } from '@nestjs/common';
import type { Response } from 'express';
import { TextBody } from '../../platform/http/text-body.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { StatelessAnswersService } from '../../turns/stateless-answers.service.js';
import { AnswerWriter } from './answer.writer.js';
import type { QuickAnswerDto } from './dto/quick-answer.dto.js';
import { QuickAnswerPipe } from './pipes/quick-answer.pipe.js';
import { ArticlePipe } from './pipes/text.pipes.js';
import { TextPost } from './text-post.decorator.js';

/** Answers outside of any conversation. */
@Controller('chatgpt')
export class StatelessAnswersController {
  constructor(
    private readonly statelessAnswers: StatelessAnswersService,
    private readonly answers: AnswerWriter,
  ) {}

  @TextPost('quickAnswer')
  @CallsModel(true)
  quickAnswer(
    @TextBody(QuickAnswerPipe) { convType, stream = false, ...question }: QuickAnswerDto,
    @Res() response: Response,
  ): Promise<void> {
    return this.answers.send(response, (call) =>
      this.statelessAnswers.quickAnswer(
        { kind: convType, ...question },
        { ...call, stream: call.stream || stream },
      ),
    );
  }

  @TextPost('summary')
  @CallsModel(true)
  summary(@TextBody(ArticlePipe) article: string, @Res() response: Response): Promise<void> {
    return this.answers.send(response, (call) => this.statelessAnswers.summary(article, call));
  }
}
