import { Injectable, type PipeTransform } from '@nestjs/common';
import { parseJsonObject } from '../../../platform/http/json-object.js';
import type { ShareOptions } from '../../../sharing/share-options.js';
import { StoreShareDto } from '../dto/store-share.dto.js';
import { toDto } from './json-object.js';

/** Nothing, as in the original API, or JSON, whatever the Content-Type says. */
@Injectable()
export class StoreSharePipe implements PipeTransform<string, ShareOptions> {
  transform(body: string): ShareOptions {
    if (body.trim() === '') return {};
    const {
      title,
      password,
      expires_in_days: expiresInDays,
      show_prompt: showPrompt,
    } = toDto(StoreShareDto, parseJsonObject(body));
    return { title: title?.trim(), password, expiresInDays, showPrompt };
  }
}
