import type { Usage } from '../../../models/model-event.js';
import { isJsonObject, type JsonObject } from '../../../platform/json/fields.js';
import type { CompactionDecoder, RawAnswer } from '../dialect.js';
import { TruncatedAnswerError } from '../parse-answer.js';
import { usageIn } from '../usage.js';

/** Reads what a service has compacted, which comes whole. */
export class ResponseCompactionDecoder implements CompactionDecoder {
  isFinished = false;
  usage: Usage | null = null;
  output: readonly JsonObject[] = [];
  readonly hasGoneOn = false;
  readonly isResumed = false;

  get isSettled(): boolean {
    return this.isFinished;
  }

  /** It never streams. */
  read(): null {
    return null;
  }

  readWhole({ value }: RawAnswer): readonly JsonObject[] {
    const { output } = value;
    if (!Array.isArray(output)) throw new TruncatedAnswerError();
    this.output = output.filter(isJsonObject);
    const isCompacted = this.output.some(({ type }) => type === 'compaction');
    if (!isCompacted) throw new TruncatedAnswerError();
    this.isFinished = true;
    this.usage = usageIn(value, null);
    return this.output;
  }
}
