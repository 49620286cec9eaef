import { Injectable, type PipeTransform } from '@nestjs/common';
import { QuickAnswerDto } from '../dto/quick-answer.dto.js';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import { toDto } from './json-object.js';

/** JSON, whatever the Content-Type says. */
@Injectable()
export class QuickAnswerPipe implements PipeTransform<string, QuickAnswerDto> {
  transform(body: string): QuickAnswerDto {
    return toDto(QuickAnswerDto, parseJsonObject(body));
  }
}
