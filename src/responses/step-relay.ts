import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import { prefixOf } from '../conversations/item-factory.js';
import type { Step } from '../models/model-event.js';
import type { IdSource } from '../platform/ids/id-source.js';
import { isJsonObject, listOf, type JsonObject } from '../platform/json/fields.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import type { ResponseEvent } from './response-body.js';

/** Where an item of a model service stands here. */
export interface Place {
  id: string;
  outputIndex: number;
}

/**
 * Tells what a service that speaks the Responses API says of an item under an id and with numbers of
 * our own; all else of it stays as it is.
 */
export class StepRelay {
  private readonly places = new Map<number, Place>();

  /** @param open makes the place of an item that begins */
  constructor(
    private readonly ids: IdSource,
    private readonly open: () => number,
  ) {}

  placeOf({ output_index: index, item }: Step): Place {
    const known = this.places.get(index);
    if (known) return known;
    const type = isJsonObject(item) ? item['type'] : 'message';
    const prefix = prefixOf(typeof type === 'string' ? type : '');
    const place = { id: this.ids.next(prefix), outputIndex: this.open() };
    this.places.set(index, place);
    return place;
  }

  /** @param number of the event */
  eventOf(step: Step, { id, outputIndex }: Place, number: number): ResponseEvent {
    const { obfuscation, ...shown } = step;
    return unsafeCast<ResponseEvent>({
      ...shown,
      ...(shown['type'] === 'response.output_text.delta'
        ? { logprobs: listOf(step['logprobs']) }
        : {}),
      ...('item_id' in shown ? { item_id: id } : {}),
      ...(isJsonObject(shown['item']) ? { item: shownItem(shown['item'], id) } : {}),
      output_index: outputIndex,
      sequence_number: number,
    });
  }
}

/** An item of a service as it is shown here: with the members that clients rely on. */
export function shownItem(item: JsonObject, id: string): ResponseOutputItem {
  const { type, content } = item;
  const parts =
    type === 'message' ? { role: 'assistant', content: listOf(content).map(shownPart) } : {};
  return unsafeCast<ResponseOutputItem>({ ...item, ...parts, id });
}

function shownPart(part: unknown): unknown {
  if (!isJsonObject(part) || part['type'] !== 'output_text') return part;
  const { annotations, logprobs } = part;
  return { ...part, annotations: listOf(annotations), logprobs: listOf(logprobs) };
}
