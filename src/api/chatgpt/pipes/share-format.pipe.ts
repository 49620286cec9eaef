import { Injectable, type PipeTransform } from '@nestjs/common';
import { InvalidInputError } from '../../../platform/errors/http.errors.js';

/** A share as JSON, Markdown or plain text. */
export type ShareFormat = 'json' | 'md' | 'txt';

export const shareFormats: readonly ShareFormat[] = ['json', 'md', 'txt'];

/** The query `format`, where there is one. */
@Injectable()
export class ShareFormatPipe implements PipeTransform<unknown, ShareFormat | undefined> {
  transform(asked: unknown): ShareFormat | undefined {
    if (asked === undefined) return undefined;
    const format = shareFormats.find((known) => known === asked);
    if (!format) throw new InvalidInputError(`format must be one of ${shareFormats.join(', ')}`);
    return format;
  }
}
