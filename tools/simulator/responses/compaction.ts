import { isRecord } from '../request-body.js';
import type { Item } from './items.js';

/** Whether the request wants its input compacted now: by its length, or by its last item. */
export function wantsCompaction(body: Record<string, unknown>, input: readonly Item[]): boolean {
  if (input.at(-1)?.type === 'compaction_trigger') return true;
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
