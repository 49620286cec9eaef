import { Injectable } from '@nestjs/common';
import type { Response } from 'express';
import {
  ConversationRecordsService,
  type NewRecord,
} from '../conversations/conversation-records.service.js';
import { KeyedCallsService } from '../idempotency/keyed-calls.service.js';
import { jsonAnswer } from './json-answer.js';
import { OpenAiErrorFormat } from './openai-error.format.js';
import { toConversation } from './to-conversation.js';

/** Creates a conversation, once under each Idempotency-Key, and answers it. */
@Injectable()
export class NewConversationWriter {
  constructor(
    private readonly records: ConversationRecordsService,
    private readonly keyedCalls: KeyedCallsService,
    private readonly errors: OpenAiErrorFormat,
  ) {}

  send(route: string, wish: NewRecord, response: Response): Promise<void> {
    const request = { route, asked: wish, response, errors: this.errors };
    return this.keyedCalls.run(request, async (key) => {
      const created = await this.records.create(
        wish,
        key && ((record) => [key.keeping(jsonAnswer(JSON.stringify(toConversation(record))))]),
      );
      response.json(toConversation(created));
    });
  }
}
