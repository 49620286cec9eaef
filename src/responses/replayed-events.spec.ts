import type { ResponseOutputItem } from 'openai/resources/responses/responses';
import type { ModelEvent } from '../models/model-event.js';
import { IdSource } from '../platform/ids/id-source.js';
import type { AnswerParameters } from './create-response-params.js';
import { replayedEvents } from './replayed-events.js';
import {
  finalEventOf,
  toResponseBody,
  type ResponseEnvelope,
  type ResponseEvent,
} from './response-body.js';
import { ResponseStreamBuilder, type Status } from './response-stream.builder.js';

class CountedIds extends IdSource {
  private count = 0;

  next(prefix: string): string {
    this.count += 1;
    return `${prefix}_${this.count}`;
  }
}

const parameters: AnswerParameters = {
  ...{ instructions: 'Be.', maxOutputTokens: null, maxToolCalls: null, temperature: null },
  ...{ topP: null, tools: [], toolChoice: 'auto', parallelToolCalls: null, text: {} },
  ...{ reasoningEffort: null, topLogprobs: null, truncation: 'disabled', passedOn: {} },
};
const envelope: ResponseEnvelope = {
  ...parameters,
  ...{ id: 'resp_1', createdAt: 1_000, model: 'm', conversationId: 'conv_1' },
  ...{ previousResponseId: null, metadata: { a: 'b' }, store: true, background: false },
};

function endedWith(output: ResponseOutputItem[], status: Status = 'completed') {
  return toResponseBody(envelope, {
    ...{ status, output, completedAt: 2_000 },
    usage: {
      ...{ input_tokens: 1, output_tokens: 2, total_tokens: 3 },
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens_details: { reasoning_tokens: 0 },
    },
    incompleteReason: status === 'completed' ? null : 'max_output_tokens',
  });
}

/** The response that a model's events lead to, with the events that it was told with. */
function answered(said: readonly ModelEvent[], status: Status = 'completed') {
  const running = toResponseBody(envelope, { status: 'in_progress' });
  const streamed: ResponseEvent[] = [
    { type: 'response.created', response: running, sequence_number: 0 },
    { type: 'response.in_progress', response: running, sequence_number: 1 },
  ];
  const emit = (event: ResponseEvent) => streamed.push(structuredClone(event));
  const builder = new ResponseStreamBuilder(
    new CountedIds(),
    emit,
    () => streamed.length,
    Infinity,
  );
  for (const event of said) builder.add(event);
  const ended = endedWith(builder.finish(status), status);
  streamed.push(finalEventOf(ended, streamed.length));
  return { ended, streamed };
}

const text = (said: string, logprobs: object[] = []): ModelEvent => ({
  ...{ type: 'text', text: said, logprobs },
});
const thought = (said: string, details: unknown[] = []): ModelEvent => ({
  ...{ type: 'reasoning', text: said, details },
});
const cited = (...annotations: unknown[]): ModelEvent => ({ type: 'annotations', annotations });
const extra: ModelEvent = { type: 'extra', call: 0, extra: { s: 1 } };
const call = (kind: 'function' | 'custom', index = 0): ModelEvent => ({
  ...{ type: 'call', call: index, kind, id: `call_${index}`, name: 'f' },
});
const argued = (said: string, index = 0): ModelEvent => ({
  ...{ type: 'arguments', call: index, text: said },
});

describe('the replayed events of a response', () => {
  it.each<[string, Status, ModelEvent[]]>([
    ['a text', 'completed', [text('One.', [{ token: 'One.' }])]],
    ['an unfinished text', 'incomplete', [text('One')]],
    ['a text with annotations', 'completed', [text('One'), cited(1, { a: 2 })]],
    ['a refusal', 'completed', [{ type: 'refusal', text: 'No.' }]],
    ['a thought and a text', 'completed', [thought('Hm', [{ type: 'd', data: 'A' }]), text('One')]],
    ['a sealed thought', 'completed', [thought('', [{ type: 'd', data: 'A' }]), text('One')]],
    ['a text and a call', 'completed', [text('See'), call('function'), argued('{}')]],
    ['a text after a call', 'completed', [call('function'), argued('{}'), text('See')]],
    ['two calls', 'completed', [call('function'), argued('{}'), call('custom', 1), argued('x', 1)]],
    ['a call without arguments', 'completed', [call('function')]],
    ['a call with extras', 'completed', [call('function'), extra]],
    ['a call of a custom tool', 'completed', [call('custom'), argued('x'), extra]],
    ['an unfinished call of a custom tool', 'incomplete', [call('custom')]],
    ['nothing that was cut off', 'incomplete', []],
  ])('are those that it was told with: %s', (_what, status, said) => {
    const { ended, streamed } = answered(said, status);
    expect(replayedEvents(ended)).toEqual(streamed);
  });

  it('have each text in one piece', () => {
    const { streamed } = answered([thought('Hm'), text('One two'), call('function'), argued('{}')]);
    const { ended } = answered([
      ...[thought('H'), thought('m'), text('One '), text('two')],
      ...[call('function'), argued('{'), argued('}')],
    ]);
    expect(replayedEvents(ended)).toEqual(streamed);
  });

  it('show an item of a type that is not made here as it is', () => {
    const item = { type: 'compaction', id: 'cmp_1', encrypted_content: 'A' } as const;
    expect(replayedEvents(endedWith([item])).slice(2, -1)).toEqual([
      { type: 'response.output_item.added', output_index: 0, item, sequence_number: 2 },
      { type: 'response.output_item.done', output_index: 0, item, sequence_number: 3 },
    ]);
  });
});
