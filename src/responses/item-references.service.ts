import { Injectable } from '@nestjs/common';
import { InvalidFieldError } from '../common/errors/http.errors.js';
import { ConversationRecordsService } from '../conversations/conversation-records.service.js';
import { toBody } from '../conversations/stored-body.js';
import type { ItemBody } from '../providers/item-body.js';
import type { InputItem } from './input-item.js';

/** Finds the items that callers refer to by their ids. */
@Injectable()
export class ItemReferencesService {
  constructor(private readonly records: ConversationRecordsService) {}

  /** @throws InvalidFieldError for a reference to nothing */
  async resolve(items: readonly InputItem[]): Promise<ItemBody[]> {
    const ids = items.flatMap((item) => ('reference' in item ? [item.reference] : []));
    const found = await this.records.findItems(ids);
    return items.map((item) => {
      if ('body' in item) return item.body;
      const kept = found.get(item.reference);
      if (kept) return toBody(kept);
      const id = item.reference.slice(0, 64);
      throw new InvalidFieldError(item.path, 'invalid_value', `Item with id '${id}' not found.`);
    });
  }
}
