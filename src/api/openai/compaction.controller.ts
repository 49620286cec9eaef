import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import type { CompactParams } from '../../responses/compaction.service.js';
import { CompactionWriter } from './compaction.writer.js';
import { JsonBody } from './json-body.decorator.js';
import { CompactPipe } from './pipes.js';

/** What was said, put into one item. */
@Controller('v1/responses')
export class CompactionController {
  constructor(private readonly writer: CompactionWriter) {}

  @Post('compact')
  @HttpCode(200)
  @CallsModel(true)
  compact(
    @CurrentCaller() caller: Caller,
    @JsonBody(CompactPipe) params: CompactParams,
    @Res() response: Response,
  ): Promise<void> {
    return this.writer.send(caller, 'POST /v1/responses/compact', params, response);
  }
}
