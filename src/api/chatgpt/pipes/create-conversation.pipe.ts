import { Injectable, type PipeTransform } from '@nestjs/common';
import { CreateConversationDto } from '../dto/create-conversation.dto.js';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import { looksLikeJson, toDto } from './json-object.js';

/** The prompt as text, or JSON when the first character that is not blank is `{`. */
@Injectable()
export class CreateConversationPipe implements PipeTransform<string, CreateConversationDto> {
  transform(body: string): CreateConversationDto {
    if (looksLikeJson(body)) return toDto(CreateConversationDto, parseJsonObject(body));
    return { prompt: body };
  }
}
