import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { NewItem } from '../conversations/items.repository.js';
import { toColumns } from '../conversations/item-mapper.js';
import { fromOutput, type Item, type Origin, type OutputItem } from '../models/item.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { countedPlace } from '../turns/compaction-seal.js';
import { defaultUpstream } from '../upstreams/upstream.service.js';
import type { ResponseBody } from './response-body.js';

/** What is to go back to who made an output, by the ids that its items are shown with. */
export type Origins = Readonly<Record<string, Origin>>;

function toItem(output: ResponseOutputItem, origins: Origins): Item {
  const said = fromOutput(unsafeCast<OutputItem>(output));
  const origin = origins[output.id ?? ''];
  return origin ? { ...said, origin } : said;
}

/** What the output of a response says. */
export function itemsOfOutput({ output }: Pick<ResponseBody, 'output'>, origins: Origins): Item[] {
  return output.map((item) => toItem(item, origins));
}

/** The same by the ids that they were shown with. */
export function shownItems(
  { output }: Pick<ResponseBody, 'output'>,
  origins: Origins,
): [string, Item][] {
  return output.map((item) => [item.id ?? '', toItem(item, origins)]);
}

/** The output of a response as items of a conversation, under the ids that it was shown with. */
export function outputItems(
  { output, usage, model }: ResponseBody,
  origins: Origins,
  start: { turn: number; position: number },
): NewItem[] {
  const counted = countedPlace(output);
  return output.map((item, index) => ({
    id: item.id ?? '',
    turn: start.turn,
    position: start.position + index,
    ...toColumns(toItem(item, origins)),
    status: 'status' in item && item.status === 'incomplete' ? ('incomplete' as const) : null,
    inputTokens: index === counted ? (usage?.input_tokens ?? null) : null,
    outputTokens: index === 0 ? (usage?.output_tokens ?? null) : null,
    upstream: defaultUpstream,
    model,
  }));
}
