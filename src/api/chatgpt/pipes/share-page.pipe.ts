import { Injectable, type PipeTransform } from '@nestjs/common';
import { readPage, type PageQuery } from '../../../conversations/page.js';

/** Reads `limit`, `order` and `after` of a query. */
@Injectable()
export class SharePagePipe implements PipeTransform<object, PageQuery> {
  transform(query: object): PageQuery {
    return readPage(query);
  }
}
