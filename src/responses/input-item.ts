import type { ItemBody } from '../providers/item-body.js';

/** An item that a caller gives: in full, or by the id of a kept one. */
export type InputItem = { body: ItemBody } | { reference: string; path: string };
