import type { ModelEvent, Step } from '../models/model-event.js';
import { isJsonObject } from '../platform/json/fields.js';
import type { AnswerParameters } from './create-response-params.js';

/** Calls that the caller is to answer; what a model service runs itself it has run by then. */
const callTypes: ReadonlySet<unknown> = new Set(['function_call', 'custom_tool_call']);

/** Leaves out calls of tools that are not allowed: some models call what they were never told of. */
export class AllowedCalls {
  private readonly names: ReadonlySet<unknown>;
  private readonly refused = new Set<number>();
  /** The same by the places of their items, of an answer that is told item by item. */
  private readonly refusedItems = new Set<number>();

  constructor(allowed: readonly { name?: unknown }[]) {
    this.names = new Set(allowed.map(({ name }) => name));
  }

  /** Null where all are allowed. */
  static of({ toolChoice }: Pick<AnswerParameters, 'toolChoice'>): AllowedCalls | null {
    if (typeof toolChoice === 'string' || toolChoice.type !== 'allowed_tools') return null;
    return new AllowedCalls(toolChoice.tools);
  }

  allows(event: ModelEvent): boolean {
    switch (event.type) {
      case 'call':
        if (!this.names.has(event.name)) this.refused.add(event.call);
        return !this.refused.has(event.call);
      case 'arguments':
      case 'extra':
        return !this.refused.has(event.call);
      case 'step':
      case 'item':
        return this.allowsStep(event.step);
      default:
        return true;
    }
  }

  private allowsStep({ item, output_index: index }: Step): boolean {
    if (isJsonObject(item) && callTypes.has(item['type']) && !this.names.has(item['name'])) {
      this.refusedItems.add(index);
    }
    return !this.refusedItems.has(index);
  }
}
