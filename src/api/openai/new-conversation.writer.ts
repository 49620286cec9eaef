import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import type { Caller } from '../../auth/caller.js';
import {
  ConversationsService,
  type NewConversation,
} from '../../conversations/conversations.service.js';
import { IdempotentCallsService } from '../../idempotency/idempotent-calls.service.js';
import { jsonAnswer } from './json-answer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';
import { toConversation } from './to-conversation.js';

/** Creates a conversation, once under each Idempotency-Key, and answers it. */
@Injectable()
export class NewConversationWriter {
  constructor(
    private readonly conversations: ConversationsService,
    private readonly idempotentCalls: IdempotentCallsService,
    private readonly errors: OpenAiErrorFormat,
  ) {}

  send(caller: Caller, route: string, params: NewConversation, response: Response): Promise<void> {
    const request = { route, asked: params, response, errors: this.errors };
    return this.idempotentCalls.run(caller, request, async (key) => {
      const created = await this.conversations.create(
        caller,
        params,
        key &&
          ((unitOfWork, record) => {
            key.recordAnswer(unitOfWork, jsonAnswer(JSON.stringify(toConversation(record))));
          }),
      );
      response.json(toConversation(created));
    });
  }
}
