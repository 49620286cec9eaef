import { endingOf, type ResponseBody, type ResponseEvent } from '../../responses/response-body.js';

/**
 * The events of a response as they are sent to who asks for it again: the same, but that what came
 * in pieces comes in one.
 */
export class CondensedEvents {
  private readonly events: ResponseEvent[] = [];

  add(event: ResponseEvent): void {
    const last = this.events.at(-1);
    if (!last || !lengthens(last, event)) this.events.push(copyOf(event));
  }

  /** All of them and the last one, numbered without gaps. */
  endingWith(response: ResponseBody): ResponseEvent[] {
    const all = [...this.events, endingOf(response, 0)];
    return all.map((event, index) => ({ ...event, sequence_number: index }));
  }
}

/** Adds a piece to the one before it, if both are of the same part. @returns whether they are */
function lengthens(piece: ResponseEvent, next: ResponseEvent): boolean {
  if (piece.type === 'response.output_text.delta' && next.type === piece.type) {
    if (!isSamePart(piece, next)) return false;
    piece.delta += next.delta;
    for (const logprob of next.logprobs) piece.logprobs.push(logprob);
    return true;
  }
  if (piece.type === 'response.refusal.delta' && next.type === piece.type) {
    if (!isSamePart(piece, next)) return false;
    piece.delta += next.delta;
    return true;
  }
  if (piece.type === 'response.function_call_arguments.delta' && next.type === piece.type) {
    if (piece.item_id !== next.item_id) return false;
    piece.delta += next.delta;
    return true;
  }
  return false;
}

interface Part {
  item_id: string;
  content_index: number;
}

function isSamePart(one: Part, other: Part): boolean {
  return one.item_id === other.item_id && one.content_index === other.content_index;
}

/** Events belong to whoever reads them, and pieces are lengthened here. */
function copyOf(event: ResponseEvent): ResponseEvent {
  return event.type === 'response.output_text.delta'
    ? { ...event, logprobs: [...event.logprobs] }
    : { ...event };
}
