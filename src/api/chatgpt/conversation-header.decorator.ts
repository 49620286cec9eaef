import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { InvalidInputError } from '../../platform/errors/http.errors.js';

/** What callers have taken for its name. */
const nearMisses = ['conversation-id', 'conversation_id', 'x-conversation', 'x-conversation-id'];

/**
 * The header `conversation`. Under another name the call would be about no conversation, and nobody
 * would notice before the model seems to forget.
 */
export const ConversationHeader = createParamDecorator(
  (_: unknown, context: ExecutionContext): string | undefined => {
    const request = context.switchToHttp().getRequest<Request>();
    const id = request.get('conversation');
    const nearMiss = id ? undefined : nearMisses.find((name) => request.get(name) !== undefined);
    if (nearMiss !== undefined) throw misnamed(nearMiss);
    return id;
  },
);

/** @param name of the header that was sent */
export function misnamed(name: string): InvalidInputError {
  return new InvalidInputError(
    `The header ${name} is not known: the id of a conversation goes into the header conversation`,
  );
}
