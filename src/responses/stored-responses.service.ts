import { Injectable } from '@nestjs/common';
import type {
  ItemRecord,
  Page,
  PageQuery,
} from '../conversations/conversation-records.repository.js';
import { CursorNotFoundError } from '../conversations/conversations.errors.js';
import { ContextWindowService } from '../turns/context-window.service.js';
import type { ResponseBody } from './response-body.js';
import { ResponseGroundsService } from './response-grounds.service.js';
import { ModelRequestBuilder } from './model-request.builder.js';
import { ResponseNotFoundError } from './responses.errors.js';
import { ResponsesRepository } from './responses.repository.js';
import type { CreateResponseParams } from './create-response-params.js';

/** How many responses of a conversation are looked through for the one behind an answer. */
const lookedThrough = 20;

/** Responses that were given, and what one would be asked with. */
@Injectable()
export class StoredResponsesService {
  constructor(
    private readonly responses: ResponsesRepository,
    private readonly grounds: ResponseGroundsService,
    private readonly requests: ModelRequestBuilder,
    private readonly contextWindow: ContextWindowService,
  ) {}

  /** @throws ResponseNotFoundError */
  async get(id: string): Promise<ResponseBody> {
    const found = await this.responses.find(id);
    if (!found) throw new ResponseNotFoundError(id);
    return found.body;
  }

  /** The response that gave these items of a conversation, as far as it is stored. */
  async findGiving(
    conversationId: string,
    itemIds: ReadonlySet<string>,
  ): Promise<ResponseBody | null> {
    const newest = await this.responses.findNewestIn(conversationId, lookedThrough);
    const found = newest.find(({ body }) => body.output.some(({ id }) => itemIds.has(id ?? '')));
    return found?.body ?? null;
  }

  /** What it was asked with. @throws ResponseNotFoundError or CursorNotFoundError */
  async listInput(id: string, { limit, order, after }: PageQuery): Promise<Page<ItemRecord>> {
    const found = await this.responses.find(id);
    if (!found) throw new ResponseNotFoundError(id);
    const items = order === 'asc' ? found.input : found.input.toReversed();
    const start = after === null ? 0 : items.findIndex((item) => item.id === after) + 1;
    if (after !== null && start === 0) throw new CursorNotFoundError(after);
    const entries = items.slice(start, start + limit);
    return { entries, hasMore: start + limit < items.length };
  }

  /**
   * About how many tokens a response would be asked with: by its bytes, and by what the upstream
   * counted for the same conversation.
   */
  async countInput(params: CreateResponseParams): Promise<number> {
    const ground = await this.grounds.look(params);
    const input = this.requests.resolve(ground, params);
    const told = this.requests.contextOf(ground, params, input);
    const extras = params.tools.length === 0 ? '' : JSON.stringify(params.tools);
    return this.contextWindow.estimate({ ...told, prompt: told.prompt + extras });
  }
}
