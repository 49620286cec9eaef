import type { Step } from '../../../models/model-event.js';
import { isJsonObject, listOf, type JsonObject } from '../../../platform/json/fields.js';

/** What came of an item: its beginning, and by their places the beginnings and ends of its parts. */
export interface ToldItem {
  begun: boolean;
  parts: Map<unknown, 'begun' | 'done'>;
}

/** An item that came whole, or the rest of one, as the events that would have told it. */
export function stepsOf(item: JsonObject, index: number, told: ToldItem | undefined): Step[] {
  const of = { output_index: index, item_id: item['id'] };
  const begin: Step[] = told?.begun
    ? []
    : [{ type: 'response.output_item.added', output_index: index, item: emptied(item) }];
  const parts =
    item['type'] === 'message'
      ? listOf(item['content']).flatMap((part, place): Step[] =>
          isJsonObject(part)
            ? partSteps(part, { ...of, content_index: place }, told?.parts.get(place))
            : [],
        )
      : [];
  return [...begin, ...parts, { type: 'response.output_item.done', output_index: index, item }];
}

function emptied(item: JsonObject): JsonObject {
  const begun = { ...item, status: 'in_progress' };
  return item['type'] === 'message' ? { ...begun, content: [] } : begun;
}

function partSteps(
  part: JsonObject,
  of: JsonObject & { output_index: number },
  told: 'begun' | 'done' | undefined,
): Step[] {
  const { type, text, refusal } = part;
  if (told === 'done') return [];
  const begin: Step[] = told
    ? []
    : [{ type: 'response.content_part.added', ...of, part: { ...part, ...emptyText(part) } }];
  const end: Step = { type: 'response.content_part.done', ...of, part };
  switch (type) {
    case 'output_text': {
      const logprobs = listOf(part['logprobs']);
      return [...begin, { type: 'response.output_text.done', ...of, text, logprobs }, end];
    }
    case 'refusal':
      return [...begin, { type: 'response.refusal.done', ...of, refusal }, end];
    default:
      return [...begin, end];
  }
}

function emptyText({ type }: JsonObject): JsonObject {
  return type === 'refusal' ? { refusal: '' } : { text: '' };
}
