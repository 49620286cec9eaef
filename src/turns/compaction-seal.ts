import { Injectable } from '@nestjs/common';
import type { Caller } from '../auth/caller.js';
import type { KeyCipher } from '../keys/key-cipher.js';
import { KeyVaultService } from '../keys/key-vault.service.js';
import type { CompactionItem, Item } from '../models/item.js';
import { unsafeCast } from '../platform/unsafe-cast.js';

/** What a compaction holds. */
export interface Compacted {
  summary: string;
  /** What stays as it was said: a question that is not answered, with calls and outputs. */
  verbatim: readonly Item[];
}

/** An item as it is looked at here, in whatever form it comes. */
interface AnswerItem {
  type: string;
  encrypted_content?: string | null;
}

/** How what is sealed here begins; what model services seal looks otherwise. */
const mark = 'alice1.';

/** Seals what compactions hold, so that callers carry them and neither read nor make them. */
@Injectable()
export class CompactionSeal {
  private opened: KeyCipher | null = null;

  constructor(private readonly vault: KeyVaultService) {}

  /** @param caller the only one for whom it opens */
  seal(caller: Caller, compacted: Compacted): CompactionItem {
    const sealed = this.cipher.seal(JSON.stringify(compacted), caller.id);
    return { type: 'compaction', encrypted_content: mark + sealed };
  }

  /** @returns null when it was made elsewhere, for another caller, or changed since */
  open(caller: Caller, item: CompactionItem): Compacted | null {
    if (!isSealedHere(item)) return null;
    const text = this.cipher.open(item.encrypted_content.slice(mark.length), caller.id);
    return text === null ? null : unsafeCast<Compacted>(JSON.parse(text));
  }

  private get cipher(): KeyCipher {
    this.opened ??= this.vault.cipherFor('compaction');
    return this.opened;
  }
}

/** Whether it says that this service made it. */
export function isSealedHere({ encrypted_content: sealed }: AnswerItem): boolean {
  return sealed?.startsWith(mark) ?? false;
}

/**
 * Which item of an answer goes with the input's tokens: the first one that was said behind all that
 * they count. A model service that compacted by itself has counted what is not told again; -1 is none.
 */
export function countedPlace([first]: readonly AnswerItem[]): number {
  if (first?.type !== 'compaction') return 0;
  return isSealedHere(first) ? 1 : -1;
}
