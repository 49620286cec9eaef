import { isCompaction, isStanding, isToolCall, isToolOutput, type Item } from './item.js';

/** What a model is still told: what stands before the newest compaction is in that one. */
export function sinceCompaction(items: readonly Item[]): readonly Item[] {
  const newest = items.findLastIndex(isCompaction);
  return newest <= 0
    ? items
    : [...items.slice(0, newest).filter(isStanding), ...items.slice(newest)];
}

/**
 * The same of items with more about them, for a model service that may not open the newest compaction:
 * the last one before it that is read already stays with it.
 */
export function saidSinceCompaction<Said extends { item: Item }>(
  said: readonly Said[],
): readonly Said[] {
  const newest = said.findLastIndex(({ item }) => isCompaction(item));
  if (newest <= 0) return said;
  const before = said.slice(0, newest);
  const read = before.findLast(({ item }) => isCompaction(item) && item.opened);
  const standing = before.filter((one) => isStanding(one.item) || one === read);
  return [...standing, ...said.slice(newest)];
}

/** Items in two: those that a summary can stand for, and those that are told as they are. */
export interface CompactionParts {
  summed: readonly Item[];
  verbatim: readonly Item[];
}

/**
 * What is still to be answered stays as it is: the last question, and the outputs of tools with their
 * calls. All before it may be summed up; system and developer messages are in neither part, as they
 * are told in any case.
 */
export function partsForCompaction(items: readonly Item[]): CompactionParts {
  const said = items.filter((item) => !isStanding(item));
  const start = startOfOpen(said);
  const open = said.slice(start);
  const question = said.slice(0, start).findLast(isQuestion);
  const isAsked = open.length === 0 || open.some(isQuestion) || question === undefined;
  return { summed: said.slice(0, start), verbatim: isAsked ? open : [question, ...open] };
}

/** Where it begins what waits for an answer; the end where nothing does. */
function startOfOpen(said: readonly Item[]): number {
  const given = startOfRun(said, said.length, (item) => isQuestion(item) || isToolOutput(item));
  const start = given < said.length ? given : startOfRun(said, given, isToolCall);
  const calls = said.slice(start).flatMap((item) => (isToolOutput(item) ? [item.call_id] : []));
  const firstCall = calls.reduce((first, id) => {
    const place = said
      .slice(0, start)
      .findLastIndex((item) => isToolCall(item) && item.call_id === id);
    return place === -1 ? first : Math.min(first, place);
  }, start);
  if (firstCall === start && !said.slice(start).some(isToolCall)) return start;
  return startOfRun(said, firstCall, (item) => isToolCall(item) || item.type === 'reasoning');
}

/** Where the items of one sort begin that stand before a place without another between them. */
function startOfRun(items: readonly Item[], end: number, isOfRun: (item: Item) => boolean): number {
  return items.slice(0, end).findLastIndex((item) => !isOfRun(item)) + 1;
}

function isQuestion(item: Item): boolean {
  return item.type === 'message' && item.role === 'user';
}
