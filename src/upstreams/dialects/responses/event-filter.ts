import type { RawAnswer } from '../dialect.js';
import { SecretEventFilter } from '../secret-event-filter.js';
import { indexIn } from './steps.js';

/** Looks at deltas. What is held back of a text's last piece is in the event that has all of it. */
export class ResponseEventFilter extends SecretEventFilter {
  protected cleanTexts(event: RawAnswer): RawAnswer {
    const { delta } = event.value;
    if (typeof delta !== 'string' || delta === '' || this.isClean(delta)) return event;
    const clean = this.push(placeOf(event.value), delta);
    if (clean === delta) return event;
    const value = { ...event.value, delta: clean };
    return { data: JSON.stringify(value), value };
  }
}

function placeOf({ type, output_index, content_index, summary_index }: RawAnswer['value']): string {
  const kind = typeof type === 'string' ? type : '';
  return `${kind} ${indexIn(output_index)} ${indexIn(content_index)} ${indexIn(summary_index)}`;
}
