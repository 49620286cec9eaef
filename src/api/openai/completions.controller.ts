import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Fields } from '../../platform/json/fields.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { ForwardedAnswerWriter } from './forwarded-answer.writer.js';
import { RelayedBody } from './json-body.decorator.js';

/** Calls that keep nothing: passed on to the upstream, and its answer back, as they are. */
@Controller('v1')
export class CompletionsController {
  constructor(private readonly answers: ForwardedAnswerWriter) {}

  @Post('chat/completions')
  @HttpCode(200)
  @CallsModel(true)
  chatCompletions(
    @CurrentCaller() caller: Caller,
    @RelayedBody() body: Fields,
    @Res() response: Response,
  ): Promise<void> {
    return this.answers.sendOnce(caller, 'POST /v1/chat/completions', body, response);
  }

  @Post('completions')
  @HttpCode(200)
  @CallsModel(true)
  completions(@RelayedBody() body: Fields, @Res() response: Response): Promise<void> {
    return this.answers.send('/completions', body, response);
  }

  @Post('embeddings')
  @HttpCode(200)
  @CallsModel(true)
  embeddings(@RelayedBody() body: Fields, @Res() response: Response): Promise<void> {
    return this.answers.send('/embeddings', body, response);
  }
}
