import type { ModelEvent } from '../models/model-event.js';
import type { AnswerParameters } from './create-response-params.js';

/** Leaves out calls of tools that are not allowed: some models call what they were never told of. */
export class AllowedCalls {
  private readonly names: ReadonlySet<unknown>;
  private readonly refused = new Set<number>();

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
      default:
        return true;
    }
  }
}
