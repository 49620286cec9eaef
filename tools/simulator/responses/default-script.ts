import { answerFor } from '../answers.js';
import type { Behaviour } from '../behaviour.js';
import { isRecord } from '../request-body.js';
import { isOfFamily } from '../service-profile.js';
import type { ServiceProfile } from '../service-profile.js';
import { contentOf } from './items.js';
import type { Item } from './items.js';
import type { ScriptedStep } from './script.js';

/** What a model says: a script, and the pieces that its answer's text is streamed in. */
export interface Script {
  readonly steps: readonly ScriptedStep[];
  readonly pieces?: readonly string[];
}

/**
 * What the behaviour says that the model does; unless it names items, the model reasons if it is one that
 * does, calls the behaviour's functions, and answers as at chat completions.
 */
export function scriptFor(
  behaviour: Behaviour,
  body: Record<string, unknown>,
  input: readonly Item[],
  profile: ServiceProfile,
): Script {
  if (behaviour.output !== undefined) return { steps: behaviour.output };
  const answer = answerFor(behaviour, lastUserText(input));
  const pieces = Array.from({ length: answer.pieceCount() }, (_, index) => answer.pieceAt(index));
  const content = answer.wholeText();
  const isSilent = content === '' && behaviour.toolCalls !== undefined;
  const steps = [
    ...(isReasoning(body, profile) ? [reasoningFor(body)] : []),
    ...(behaviour.toolCalls ?? []).map(callOf),
    ...(isSilent ? [] : [{ type: 'message', content }]),
  ];
  return { steps, pieces };
}

/** Whether the model thinks before it answers. */
export function isReasoning(body: Record<string, unknown>, profile: ServiceProfile): boolean {
  const { model, reasoning } = body;
  if (typeof model !== 'string' || !isOfFamily(model, profile.reasoningModels)) return false;
  return !isRecord(reasoning) || reasoning.effort !== 'none';
}

function reasoningFor({ reasoning }: Record<string, unknown>): Item {
  const isSummed = isRecord(reasoning) && reasoning.summary != null;
  return { type: 'reasoning', summary: isSummed ? ['Thinking about what was said.'] : [] };
}

function callOf(call: NonNullable<Behaviour['toolCalls']>[number]): Item {
  const { id, name, arguments: text, type } = call;
  return type === 'custom'
    ? { type: 'custom_tool_call', call_id: id, name, input: text }
    : { type: 'function_call', call_id: id, name, arguments: text };
}

function lastUserText(input: readonly Item[]): string {
  const message = input.findLast(({ type, role }) => type === 'message' && role === 'user');
  const parts = message === undefined ? [] : contentOf(message);
  return parts.filter((part) => typeof part === 'string').join('');
}
