import { isRecord } from '../request-body.js';
import type { Item } from './items.js';

const trigger = 'compaction_trigger';

/** Whether the request wants nothing but its input compacted, which its last item says. */
export function isTriggered(input: readonly Item[]): boolean {
  return input.at(-1)?.type === trigger;
}

/** Whether one stands where it says nothing. */
export function isMisplacedTrigger(input: readonly Item[]): boolean {
  return input.slice(0, -1).some(({ type }) => type === trigger);
}

/** Whether the request wants its input compacted before it is answered, by its length. */
export function wantsCompaction(body: Record<string, unknown>, input: readonly Item[]): boolean {
  const { context_management: rules } = body;
  if (!Array.isArray(rules)) return false;
  const tokens = estimatedTokens(input);
  return rules.filter(isRecord).some(({ type, compact_threshold: threshold }) => {
    return type === 'compaction' && typeof threshold === 'number' && tokens > threshold;
  });
}

/** A quarter of the bytes from the newest compaction item on: what stands before it is not read. */
function estimatedTokens(input: readonly Item[]): number {
  const start = Math.max(
    0,
    input.findLastIndex(({ type }) => type === 'compaction'),
  );
  return Buffer.byteLength(JSON.stringify(input.slice(start))) / 4;
}
