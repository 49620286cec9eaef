import { Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import type { Response } from 'express';
import type { ConversationItem } from 'openai/resources/conversations/items';
import type { InputTokenCountResponse } from 'openai/resources/responses/input-tokens';
import type { PageQuery } from '../../conversations/page.js';
import { CallsModel } from '../../platform/lifecycle/calls-model.decorator.js';
import { Writes } from '../../rate-limit/writes.decorator.js';
import { BackgroundResponsesService } from '../../responses/background-responses.service.js';
import { toOpenAiItem } from '../../responses/openai-item.js';
import type { ResponseBody } from '../../responses/response-body.js';
import type { CreateResponseParams } from '../../responses/create-response-params.js';
import { ResponseStore } from '../../responses/response-store.js';
import { ResponsesService } from '../../responses/responses.service.js';
import { JsonBody } from './json-body.decorator.js';
import { PagePipe, toItemList, type ItemList } from './page.js';
import { CreateResponsePipe, RetrievePipe, type RetrieveQuery } from './pipes.js';
import { ResponseWriter } from './response.writer.js';

/** Answers of a model that are kept, and build on each other or on conversations. */
@Controller('v1/responses')
export class ResponsesController {
  constructor(
    private readonly responses: ResponsesService,
    private readonly background: BackgroundResponsesService,
    private readonly store: ResponseStore,
    private readonly writer: ResponseWriter,
  ) {}

  @Post()
  @HttpCode(200)
  @CallsModel(true)
  create(
    @CurrentCaller() caller: Caller,
    @JsonBody(CreateResponsePipe) params: CreateResponseParams,
    @Res() response: Response,
  ): Promise<void> {
    const keyed = { route: 'POST /v1/responses', asked: params };
    return params.background
      ? this.writer.sendBegunOnce(caller, keyed, response, (recordAnswer) =>
          this.background.create(caller, params, recordAnswer),
        )
      : this.writer.sendOnce(caller, keyed, response, (call) =>
          this.responses.create(caller, params, call),
        );
  }

  @Post('input_tokens')
  @HttpCode(200)
  countInput(
    @CurrentCaller() caller: Caller,
    @JsonBody(CreateResponsePipe) params: CreateResponseParams,
  ): Promise<InputTokenCountResponse> {
    return this.responses
      .countInput(caller, params)
      .then((tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }));
  }

  @Get(':id')
  retrieve(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query(RetrievePipe) params: RetrieveQuery,
    @Res() response: Response,
  ): Promise<void> {
    return this.writer.sendStored(caller, response, id, params);
  }

  @Post(':id/cancel')
  @Writes(true)
  @HttpCode(200)
  cancel(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<ResponseBody> {
    return this.responses.cancel(caller, id);
  }

  @Delete(':id')
  @Writes(true)
  delete(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
  ): Promise<{ id: string; object: 'response'; deleted: true }> {
    return this.responses
      .delete(caller, id)
      .then(() => ({ id, object: 'response', deleted: true }));
  }

  @Get(':id/input_items')
  listInput(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Query(PagePipe) page: PageQuery,
  ): Promise<ItemList<ConversationItem>> {
    return this.store.listInput(caller, id, page).then((items) => toItemList(items, toOpenAiItem));
  }
}
