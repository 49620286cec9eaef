import type { Item } from './items.js';

/**
 * An item that the model shall make: only `type` must be given, the rest is filled in. A message's
 * `content` may be a text; `summary` and `content` of reasoning may be lists of texts. What is given stays
 * as it is; an item with an `id` of its own is not bound to the reasoning before it.
 */
export type ScriptedItem = Item;

/** An event between items, or within the silence before one; `sequence_number` is filled in. */
interface ScriptedEvent {
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

/** Silence for so many milliseconds. */
interface ScriptedPause extends Silence {
  readonly pauseMs: number;
}

/** Silence until `release()`. */
interface ScriptedHold extends Silence {
  readonly hold: true;
}

interface Silence {
  /** Once the next item has begun, instead of before it: a model that is thinking. */
  readonly inside?: boolean;
}

/** Something that a stream waits for. */
export type ScriptedWait = ScriptedPause | ScriptedHold;

/** What a model does, one after the other. */
export type ScriptedStep = ScriptedItem | ScriptedEvent | ScriptedWait;

/** Whether a step is silence. */
export function isWait(step: ScriptedStep): step is ScriptedWait {
  return !isItem(step) && !('event' in step);
}

/** Whether a step is an item: nothing else has a type of its own. */
export function isItem(step: ScriptedStep): step is ScriptedItem {
  return 'type' in step;
}
