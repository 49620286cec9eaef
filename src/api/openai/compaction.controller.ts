import { Controller, HttpCode, Post, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { CompactedResponse } from 'openai/resources/responses/responses';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { InFlightCalls } from '../../platform/lifecycle/in-flight-calls.js';
import { CompactionService, type CompactParams } from '../../responses/compaction.service.js';
import { JsonBody } from './json-body.decorator.js';
import { CompactPipe } from './pipes.js';

/** What was said, put into one item. */
@Controller('v1/responses')
export class CompactionController {
  constructor(
    private readonly compaction: CompactionService,
    private readonly inFlightCalls: InFlightCalls,
  ) {}

  @Post('compact')
  @HttpCode(200)
  @CallsModel(true)
  compact(
    @CurrentCaller() caller: Caller,
    @JsonBody(CompactPipe) params: CompactParams,
    @Res({ passthrough: true }) response: Response,
  ): Promise<CompactedResponse> {
    return this.compaction.compact(caller, params, this.inFlightCalls.get(response));
  }
}
