import { bytesOf, isCompaction, isStanding, isToolCall, isToolOutput, type Item } from './item.js';

/** Something said, with the turn that it belongs to. */
export interface SaidInTurn {
  turn: number;
  item: Item;
}

/** Turns that cannot be told apart from each other: a call in one is answered in the other. */
interface Group {
  /** Where it begins in the history. */
  start: number;
  /** How many of its turns are more than what is never left out. */
  spoken: number;
  bytes: number;
  /** Bytes of all but what is never left out. */
  droppableBytes: number;
}

/** What a model is to be told, and how much of it goes into one request. */
export interface WindowContents {
  /** The history, in order. */
  past: readonly SaidInTurn[];
  /** Bytes of what is always told: the prompt, instructions, the question. */
  fixedBytes: number;
  /** Tokens that are left for all of it. */
  tokens: number;
  /** As far as the upstream's own count has shown. */
  tokensPerByte: number;
}

/** The history's part of a request that is not too long for its model. */
export class ContextWindow {
  private readonly past: readonly SaidInTurn[];
  private readonly groups: Group[];
  /** Groups that are left out, from the oldest. */
  private left = 0;

  constructor({ past, fixedBytes, tokens, tokensPerByte }: WindowContents) {
    this.past = past;
    this.groups = groupsOf(past);
    // A token is at least one byte, so what fits as bytes fits in any case.
    const tokensOf = (bytes: number): number => bytes * Math.min(1, tokensPerByte);
    let bytes = this.groups.reduce((sum, group) => sum + group.bytes, fixedBytes);
    for (const { droppableBytes } of this.groups) {
      if (tokensOf(bytes) <= tokens) return;
      bytes -= droppableBytes;
      this.left += 1;
    }
  }

  /** What is told of the history, in order: system prompts and compactions always, turns from the newest back. */
  get fitting(): Item[] {
    const start = this.groups[this.left]?.start ?? this.past.length;
    const items = this.past.map(({ item }) => item);
    return [...items.slice(0, start).filter(isAlwaysTold), ...items.slice(start)];
  }

  /** How many turns are left out. */
  get trimmedTurns(): number {
    return this.groups.slice(0, this.left).reduce((sum, { spoken }) => sum + spoken, 0);
  }

  /** Leaves out half of what is left, after the upstream said that it was still too long. */
  shrink(): boolean {
    const rest = this.groups.length - this.left;
    this.left += Math.ceil(rest / 2);
    return rest > 0;
  }
}

/** Roles, names and punctuation around each item. */
const frameBytes = 16;

/** Bytes of items as a model is told them. */
export function sizeOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + sizeOfOne(item), 0);
}

function sizeOfOne(item: Item): number {
  return bytesOf(item) + frameBytes;
}

/** System prompts, and what stands for all that was said before. */
function isAlwaysTold(item: Item): boolean {
  return isStanding(item) || isCompaction(item);
}

/** Turns in order; those between a function call and its output become one group. */
function groupsOf(past: readonly SaidInTurn[]): Group[] {
  const { turns, reach } = turnsOf(past);
  const groups: Group[] = [];
  /** What belongs to the turn before. */
  let later: Group | null = null;
  let earliest = turns.length;
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    const turn = turns[index];
    if (!turn) continue;
    if (later) {
      turn.spoken += later.spoken;
      turn.bytes += later.bytes;
      turn.droppableBytes += later.droppableBytes;
    }
    earliest = Math.min(earliest, reach[index] ?? index);
    later = index > earliest ? turn : null;
    if (!later) groups.push(turn);
  }
  return groups.reverse();
}

/** Each turn as a group of its own, and for each the earliest one that it cannot do without. */
function turnsOf(past: readonly SaidInTurn[]): { turns: Group[]; reach: number[] } {
  const turns: Group[] = [];
  const reach: number[] = [];
  const callTurn = new Map<string, number>();
  let group: Group | null = null;
  let turn: number | null = null;
  for (let start = 0; start < past.length; start += 1) {
    const said = past[start];
    if (!said) continue;
    const { item } = said;
    if (!group || said.turn !== turn) {
      turn = said.turn;
      group = { start, spoken: 0, bytes: 0, droppableBytes: 0 };
      reach.push(turns.length);
      turns.push(group);
    }
    const bytes = sizeOfOne(item);
    group.bytes += bytes;
    if (!isAlwaysTold(item)) {
      group.spoken = 1;
      group.droppableBytes += bytes;
    }
    const index = turns.length - 1;
    if (isToolCall(item)) callTurn.set(item.call_id, index);
    if (!isToolOutput(item)) continue;
    reach[index] = Math.min(reach[index] ?? index, callTurn.get(item.call_id) ?? index);
  }
  return { turns, reach };
}
