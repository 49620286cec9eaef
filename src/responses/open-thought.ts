import type { ResponseReasoningItem } from 'openai/resources/responses/responses';
import { isJsonObject } from '../platform/json/fields.js';
import type { ResponseEvent } from './response-body.js';

/** What a model thinks, while it is told. */
export class OpenThought {
  private text = '';
  private hasText = false;
  private readonly details: Record<string, unknown>[] = [];

  constructor(
    private readonly id: string,
    readonly outputIndex: number,
    private readonly emit: (event: ResponseEvent) => void,
    private readonly next: () => number,
  ) {}

  add(delta: string, details: readonly unknown[]): void {
    for (const detail of details) if (isJsonObject(detail)) this.addDetail(detail);
    if (delta === '') return;
    const place = this.place();
    if (!this.hasText) {
      this.hasText = true;
      const part = { type: 'reasoning_text' as const, text: '' };
      const added = { type: 'response.content_part.added' as const, ...place, part };
      this.emit({ ...added, sequence_number: this.next() });
    }
    this.text += delta;
    const sequence_number = this.next();
    this.emit({ type: 'response.reasoning_text.delta', ...place, delta, sequence_number });
  }

  close(status: 'completed' | 'incomplete'): ResponseReasoningItem {
    if (this.hasText) {
      const { text } = this;
      const place = this.place();
      const done = { type: 'response.reasoning_text.done' as const, ...place, text };
      this.emit({ ...done, sequence_number: this.next() });
      const part = { type: 'reasoning_text' as const, text };
      const ended = { type: 'response.content_part.done' as const, ...place, part };
      this.emit({ ...ended, sequence_number: this.next() });
    }
    return this.toItem(status);
  }

  toItem(status: NonNullable<ResponseReasoningItem['status']>): ResponseReasoningItem {
    return {
      type: 'reasoning',
      id: this.id,
      summary: [],
      content: this.hasText ? [{ type: 'reasoning_text', text: this.text }] : [],
      status,
      ...(this.details.length === 0 ? {} : { reasoning_details: [...this.details] }),
    };
  }

  private place() {
    return { item_id: this.id, output_index: this.outputIndex, content_index: 0 };
  }

  /** The pieces of one detail are told one by one, each with the same place among the details. */
  private addDetail(detail: Readonly<Record<string, unknown>>): void {
    const last = this.details.at(-1);
    const isSame =
      last &&
      last['type'] === detail['type'] &&
      (last['index'] ?? null) === (detail['index'] ?? null);
    if (!isSame || detail['index'] === undefined) {
      this.details.push({ ...detail });
      return;
    }
    for (const [name, value] of Object.entries(detail)) {
      const before = last[name];
      const isText = name === 'text' || name === 'summary' || name === 'data';
      const isLonger = isText && typeof before === 'string' && typeof value === 'string';
      if (isLonger) last[name] = before + value;
      else if (value !== null) last[name] = value;
    }
  }
}
