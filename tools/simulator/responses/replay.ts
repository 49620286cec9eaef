import type { Refusal } from '../refusals.js';
import type { Strictness } from '../service-profile.js';
import { requiredReasoningOf } from './item-ids.js';
import { isAssistantMessage, textField } from './items.js';
import type { Item } from './items.js';
import { PrefixDigest } from './prefix-digest.js';
import { responseRefusals } from './response-refusals.js';
import { unseal } from './sealed-content.js';
import type { SealedContent } from './sealed-content.js';

/** Who asks which model after which settings: what reasoning is bound to. */
export interface ReplayContext {
  readonly strictness: Strictness;
  readonly organization: string;
  readonly model: string;
  readonly endUser: string | null;
  /** Digest of the settings before the first item; null where a request has no settings to compare. */
  readonly settings: string | null;
}

/** What was removed from the input before the model saw it; an answer lists it. */
export interface InputTransformation {
  readonly type: 'reasoning';
  readonly action: 'removed';
  readonly id: string;
  readonly reason: MismatchReason;
}

type MismatchReason =
  'organization_mismatch' | 'model_mismatch' | 'end_user_mismatch' | 'prefix_mismatch';

/** What became of an input. */
export interface Replay {
  readonly refusal: Refusal | null;
  readonly transformations: readonly InputTransformation[];
  /** Of the whole input, for the answer to go on from. */
  readonly prefix: PrefixDigest;
}

/** What an item is known by to the reasoning item before it. */
export function labelOf(item: Item): string {
  const detail = item.type === 'message' ? item.role : item.call_id;
  return typeof detail === 'string' ? `${item.type}:${detail}` : item.type;
}

/** Judges the items that a caller hands back. */
export class ReplayCheck {
  private readonly sealed: readonly (SealedContent | null)[];
  private readonly prefix: PrefixDigest;
  private readonly transformations: InputTransformation[] = [];

  constructor(
    private readonly items: readonly Item[],
    private readonly context: ReplayContext,
  ) {
    this.prefix = new PrefixDigest(context.settings ?? '');
    this.sealed = items.map((item) => unseal(textField(item, 'encrypted_content') ?? ''));
  }

  run(): Replay {
    const isJudged = this.context.strictness !== 'off';
    let refusal = isJudged ? findUnpairedCall(this.items) : null;
    this.items.forEach((item, index) => {
      if (isJudged) refusal ??= this.findFault(item, index);
      this.prefix.add(item);
    });
    return { refusal, transformations: this.transformations, prefix: this.prefix };
  }

  private findFault(item: Item, index: number): Refusal | null {
    switch (item.type) {
      case 'reasoning':
        return this.findReasoningFault(item, index);
      case 'compaction':
        return this.findSealFault(item, index);
      default:
        return this.findMissingReasoning(item, index);
    }
  }

  private findReasoningFault(item: Item, index: number): Refusal | null {
    const id = this.reasoningIdAt(index);
    if (textField(item, 'encrypted_content') === null) return responseRefusals.itemNotFound(id);
    const sealed = this.sealed[index];
    const fault = this.findSealFault(item, index);
    if (fault !== null || sealed == null) return fault;
    const next = this.items[index + 1];
    if (sealed.leadsTo === null || next === undefined || labelOf(next) !== sealed.leadsTo) {
      return responseRefusals.reasoningWithoutFollowing(id);
    }
    const mismatch = this.mismatchOf(sealed);
    if (mismatch === null) return null;
    if (this.context.strictness === 'strict') return refusalOf(mismatch, id);
    this.transformations.push({ type: 'reasoning', action: 'removed', id, reason: mismatch });
    return null;
  }

  /** Damage, and a seal that belongs to another item; compaction of others cannot be left out. */
  private findSealFault(item: Item, index: number): Refusal | null {
    const id = textField(item, 'id') ?? this.sealed[index]?.id;
    const sealed = this.sealed[index];
    if (sealed == null) return responseRefusals.invalidEncryptedContent(id);
    if (id !== sealed.id) {
      const reason = 'Encrypted content item_id did not match the target item id.';
      return responseRefusals.invalidEncryptedContent(id, reason);
    }
    const isOfOthers = sealed.organization !== this.context.organization;
    return item.type === 'compaction' && isOfOthers ? refusalOf('organization_mismatch', id) : null;
  }

  private mismatchOf(sealed: SealedContent): MismatchReason | null {
    const { organization, model, endUser, settings } = this.context;
    if (sealed.organization !== organization) return 'organization_mismatch';
    if (sealed.model !== model) return 'model_mismatch';
    if (settings === null) return null;
    if (sealed.endUser !== endUser) return 'end_user_mismatch';
    return sealed.prefix === this.prefix.value() ? null : 'prefix_mismatch';
  }

  /** An item under the id that it was made with wants its reasoning before it. */
  private findMissingReasoning(item: Item, index: number): Refusal | null {
    const required = requiredReasoningOf(item);
    if (required === null) return null;
    for (let before = index - 1; before >= 0; before -= 1) {
      const earlier = this.items[before];
      if (earlier?.type === 'message' && !isAssistantMessage(earlier)) break;
      if (earlier?.type !== 'reasoning') continue;
      if (this.reasoningIdAt(before) === required) return null;
      break;
    }
    const id = textField(item, 'id') ?? '';
    return responseRefusals.itemWithoutReasoning(item.type, id, required);
  }

  private reasoningIdAt(index: number): string {
    const item = this.items[index];
    return (item && textField(item, 'id')) ?? this.sealed[index]?.id ?? 'rs_unknown';
  }
}

function refusalOf(mismatch: MismatchReason, id: string): Refusal {
  switch (mismatch) {
    case 'organization_mismatch':
      return responseRefusals.invalidEncryptedContent(
        id,
        'Encrypted content organization_id did not match the target organization.',
      );
    case 'model_mismatch':
      return responseRefusals.otherMaker(id, 'another model');
    case 'end_user_mismatch':
      return responseRefusals.otherMaker(id, 'another safety_identifier');
    case 'prefix_mismatch':
      return responseRefusals.changedPrefix(id);
  }
}

const callKinds: Readonly<Record<string, string>> = {
  function_call: 'function call',
  custom_tool_call: 'custom tool call',
};

/** A call is answered before the next user message and the input's end; an answer follows its call. */
function findUnpairedCall(items: readonly Item[]): Refusal | null {
  const open = new Map<string, string>();
  const known = new Set<string>();
  for (const item of items) {
    const callId = textField(item, 'call_id') ?? '';
    const kind = callKinds[item.type];
    const answeredKind = callKinds[item.type.replace(/_output$/, '')];
    if (kind !== undefined) {
      known.add(callId);
      open.set(callId, kind);
    } else if (answeredKind !== undefined) {
      if (!known.has(callId)) return responseRefusals.outputWithoutCall(answeredKind, callId);
      open.delete(callId);
    } else if (item.type === 'message' && item.role === 'user') {
      const unanswered = firstOf(open);
      if (unanswered !== null) return unanswered;
    }
  }
  return firstOf(open);
}

function firstOf(open: ReadonlyMap<string, string>): Refusal | null {
  for (const [callId, kind] of open) return responseRefusals.callWithoutOutput(kind, callId);
  return null;
}
