import { isJsonObject, listOf, type JsonObject } from '../../../../platform/json/fields.js';
import { textIn } from '../../chat-completions/choice-decoder.js';
import type { ChatDelta } from './chat-deltas.js';

/** All that an answer says, as the message of a chat completion. */
export function toMessage(said: readonly ChatDelta[]): JsonObject {
  const deltas = said.map(({ delta }) => delta);
  const content = textOf(deltas, 'content');
  const refusal = textOf(deltas, 'refusal');
  const thought = textOf(deltas, 'reasoning_content');
  const calls = listOfAll(deltas, 'tool_calls').filter(isJsonObject);
  const call = deltas.find((delta) => delta['function_call'])?.['function_call'];
  const isElsewhere = refusal !== '' || calls.length > 0 || call !== undefined;
  return {
    role: 'assistant',
    content: content === '' && isElsewhere ? null : content,
    refusal: refusal === '' ? null : refusal,
    annotations: listOfAll(deltas, 'annotations'),
    ...(thought === '' ? {} : { reasoning_content: thought }),
    ...(calls.length === 0 ? {} : { tool_calls: calls.map(({ index, ...one }) => one) }),
    ...(call === undefined ? {} : { function_call: call }),
  };
}

function textOf(deltas: readonly JsonObject[], name: string): string {
  return deltas.map((delta) => textIn(delta[name])).join('');
}

function listOfAll(deltas: readonly JsonObject[], name: string): unknown[] {
  return deltas.flatMap((delta) => listOf(delta[name]));
}
