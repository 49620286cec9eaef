import { bytesOf, type ItemBody } from './item-body.js';

/** Something said, with the turn that it belongs to. */
export interface SaidInTurn {
  turn: number;
  body: ItemBody;
}

/** Turns that cannot be told apart from each other: a call in one is answered in the other. */
interface Group {
  turns: number;
  /** Those of them that are more than system prompts, which are never left out. */
  spoken: number;
  bodies: ItemBody[];
  bytes: number;
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
export class Window {
  private readonly groups: Group[];
  /** Groups that are left out, from the oldest. */
  private left = 0;

  constructor(private readonly contents: WindowContents) {
    this.groups = groupsOf(contents.past);
    while (this.left < this.groups.length && !this.fits()) this.left += 1;
  }

  /** What is told of the history, in order: system prompts always, turns from the newest back. */
  get kept(): ItemBody[] {
    return this.groups.flatMap(({ bodies }, index) =>
      index < this.left ? bodies.filter(isSystem) : bodies,
    );
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

  private fits(): boolean {
    const { fixedBytes, tokens, tokensPerByte } = this.contents;
    const bytes = this.groups.reduce(
      (sum, { bytes: all, bodies }, index) =>
        sum + (index < this.left ? sizeOf(bodies.filter(isSystem)) : all),
      fixedBytes,
    );
    // A token is at least one byte, so what fits as bytes fits in any case.
    return bytes * Math.min(1, tokensPerByte) <= tokens;
  }
}

/** About what an image is counted as, whatever its bytes. */
const imageBytes = 2_048;
/** Roles, names and punctuation around each item. */
const frameBytes = 16;

/** Bytes of items as a model is told them. */
export function sizeOf(bodies: readonly ItemBody[]): number {
  return bodies.reduce((sum, body) => sum + bytesOf(body, imageBytes) + frameBytes, 0);
}

function isSystem(body: ItemBody): boolean {
  return body.kind === 'message' && (body.role === 'system' || body.role === 'developer');
}

/** Turns in order; those between a function call and its output become one group. */
function groupsOf(past: readonly SaidInTurn[]): Group[] {
  const turns: ItemBody[][] = [];
  let turn: number | null = null;
  const callTurn = new Map<string, number>();
  /** For each turn, the earliest one that it cannot do without. */
  const reach: number[] = [];
  for (const said of past) {
    if (said.turn !== turn) {
      turn = said.turn;
      reach.push(turns.length);
      turns.push([]);
    }
    const index = turns.length - 1;
    turns[index]?.push(said.body);
    const { body } = said;
    if (body.kind === 'function_call') callTurn.set(body.callId, index);
    if (body.kind !== 'function_call_output') continue;
    reach[index] = Math.min(reach[index] ?? index, callTurn.get(body.callId) ?? index);
  }
  const groups: Group[] = [];
  let start = turns.length;
  for (let index = turns.length - 1; index >= 0; index -= 1) {
    start = Math.min(start, reach[index] ?? index);
    if (index > start) continue;
    groups.unshift(joined(turns.slice(index, lastOf(groups, turns.length))));
    start = index;
  }
  return groups;
}

/** Where the groups that are made already begin. */
function lastOf(groups: readonly Group[], end: number): number {
  return end - groups.reduce((sum, { turns }) => sum + turns, 0);
}

function joined(turns: readonly ItemBody[][]): Group {
  const bodies = turns.flat();
  const spoken = turns.filter((turn) => !turn.every(isSystem)).length;
  return { turns: turns.length, spoken, bodies, bytes: sizeOf(bodies) };
}
