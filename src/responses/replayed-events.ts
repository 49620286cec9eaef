import type {
  ResponseContentPartAddedEvent,
  ResponseOutputItem,
  ResponseOutputMessage,
  ResponseOutputText,
} from 'openai/resources/responses/responses';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { begun, finalEventOf, type ResponseBody, type ResponseEvent } from './response-body.js';

type Part = ResponseOutputMessage['content'][number] | ResponseContentPartAddedEvent.ReasoningText;

/** Where an event of an item belongs; it gets its number once all are there. */
interface ItemPlace {
  item_id: string;
  output_index: number;
  sequence_number: number;
}

interface PartPlace extends ItemPlace {
  content_index: number;
}

/** What is told of an item: calls end where the answer does. */
interface ItemEvents {
  inPlace: ResponseEvent[];
  atEnd: ResponseEvent[];
}

/**
 * The events of an ended response as they are sent to who asks for it again: those that it was told
 * with, in the same order, but that each text comes in one piece.
 */
export function replayedEvents(ended: ResponseBody): ResponseEvent[] {
  const start = { response: begun(ended), sequence_number: 0 };
  const items = ended.output.map(eventsOf);
  const events: ResponseEvent[] = [
    { type: 'response.created', ...start },
    { type: 'response.in_progress', ...start },
    ...items.flatMap(({ inPlace }) => inPlace),
    ...items.flatMap(({ atEnd }) => atEnd),
    finalEventOf(ended, 0),
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}

function eventsOf(item: ResponseOutputItem, index: number): ItemEvents {
  const of = { output_index: index, sequence_number: 0 };
  const place: ItemPlace = { ...of, item_id: item.id ?? '' };
  const added: ResponseEvent = { type: 'response.output_item.added', ...of, item: opened(item) };
  const done: ResponseEvent = { type: 'response.output_item.done', ...of, item };
  switch (item.type) {
    case 'message':
    case 'reasoning':
      return { inPlace: [added, ...eventsOfParts(item.content ?? [], place), done], atEnd: [] };
    case 'function_call': {
      const { name, arguments: delta } = item;
      const said = { type: 'response.function_call_arguments.delta' as const, ...place, delta };
      const ended = { type: 'response.function_call_arguments.done' as const, ...place, name };
      return {
        inPlace: [added, ...unlessEmpty(said)],
        atEnd: [{ ...ended, arguments: delta }, done],
      };
    }
    case 'custom_tool_call': {
      const { input: delta } = item;
      const said = { type: 'response.custom_tool_call_input.delta' as const, ...place, delta };
      const ended = { type: 'response.custom_tool_call_input.done' as const, ...place };
      return { inPlace: [added, ...unlessEmpty(said)], atEnd: [{ ...ended, input: delta }, done] };
    }
    default:
      return { inPlace: [added, done], atEnd: [] };
  }
}

/** An item as it was before anything of it was told. */
function opened(item: ResponseOutputItem): ResponseOutputItem {
  const status = 'in_progress' as const;
  switch (item.type) {
    case 'message':
      return { ...item, status, content: [] };
    case 'reasoning':
      return { type: item.type, id: item.id, summary: [], content: [], status };
    case 'function_call': {
      const { type, id, call_id, name } = item;
      return unsafeCast({ type, id, call_id, name, arguments: '', status });
    }
    case 'custom_tool_call': {
      const { type, id, call_id, name } = item;
      return unsafeCast({ type, id, call_id, name, input: '', status });
    }
    default:
      return item;
  }
}

function eventsOfParts(parts: readonly Part[], place: ItemPlace): ResponseEvent[] {
  return parts.flatMap((part, index) => eventsOfPart(part, { ...place, content_index: index }));
}

function eventsOfPart(part: Part, place: PartPlace): ResponseEvent[] {
  const ended: ResponseEvent = { type: 'response.content_part.done', ...place, part };
  switch (part.type) {
    case 'output_text':
      return [...eventsOfText(part, place), ended];
    case 'refusal': {
      const { refusal } = part;
      return [
        { type: 'response.content_part.added', ...place, part: { ...part, refusal: '' } },
        ...unlessEmpty({ type: 'response.refusal.delta', ...place, delta: refusal }),
        { type: 'response.refusal.done', ...place, refusal },
        ended,
      ];
    }
    case 'reasoning_text': {
      const { text } = part;
      return [
        { type: 'response.content_part.added', ...place, part: { ...part, text: '' } },
        ...unlessEmpty({ type: 'response.reasoning_text.delta', ...place, delta: text }),
        { type: 'response.reasoning_text.done', ...place, text },
        ended,
      ];
    }
  }
}

function eventsOfText(part: ResponseOutputText, place: PartPlace): ResponseEvent[] {
  const { text, annotations, logprobs = [] } = part;
  const empty = { type: part.type, text: '', annotations: [], logprobs: [] };
  return [
    { type: 'response.content_part.added', ...place, part: empty },
    ...unlessEmpty({ type: 'response.output_text.delta', ...place, delta: text, logprobs }),
    ...annotations.map((annotation, index): ResponseEvent => ({
      type: 'response.output_text.annotation.added',
      ...place,
      annotation_index: index,
      annotation,
    })),
    { type: 'response.output_text.done', ...place, text, logprobs },
  ];
}

function unlessEmpty<Delta extends ResponseEvent & { delta: string }>(event: Delta): Delta[] {
  return event.delta === '' ? [] : [event];
}
