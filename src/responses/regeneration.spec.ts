import { paramsFrom, unshownOf } from './regeneration.js';
import type { AnswerParameters } from './create-response-params.js';
import { toResponseBody, type ResponseBody, type ResponseEnvelope } from './response-body.js';

const unsaid: ResponseEnvelope = {
  id: 'resp_1',
  createdAt: 0,
  model: 'm',
  conversationId: 'conv_old',
  previousResponseId: 'resp_0',
  metadata: { a: 'b' },
  store: false,
  background: true,
  instructions: null,
  maxOutputTokens: null,
  maxToolCalls: null,
  temperature: null,
  topP: null,
  tools: [],
  toolChoice: 'auto',
  parallelToolCalls: null,
  text: {},
  reasoningEffort: null,
  topLogprobs: null,
  truncation: 'disabled',
  passedOn: {},
};

/** The response to a call that asked so, as earlier versions kept it. */
function asked(fields: Partial<ResponseEnvelope> = {}) {
  return {
    body: toResponseBody({ ...unsaid, ...fields }, { status: 'in_progress' }),
    asked: null,
  };
}

/** The same as it is kept now. */
function stored(fields: Partial<ResponseEnvelope>) {
  return { ...asked(fields), asked: unshownOf({ ...unsaid, ...fields }) };
}

const nothing: ReturnType<typeof paramsFrom> = {
  input: [],
  conversationId: 'conv_1',
  previousResponseId: null,
  instructions: null,
  maxOutputTokens: null,
  maxToolCalls: null,
  temperature: null,
  topP: null,
  topLogprobs: null,
  tools: [],
  toolChoice: 'auto',
  parallelToolCalls: null,
  text: { format: { type: 'text' } },
  reasoningEffort: null,
  truncation: 'auto',
  passedOn: {},
  metadata: {},
  store: true,
  background: false,
};

describe('what is asked again', () => {
  it('has the defaults where there was no response', () => {
    expect(paramsFrom(null, 'conv_1')).toEqual(nothing);
  });

  it('asks for nothing that was not asked for, whatever the response shows', () => {
    expect(paramsFrom(asked(), 'conv_1')).toEqual({ ...nothing, truncation: 'disabled' });
  });

  const custom = { type: 'custom' as const, name: 'g' };
  const schema = { type: 'json_schema' as const, name: 's', schema: {}, strict: true };
  it.each<Partial<AnswerParameters>>([
    { instructions: 'Be kind.' },
    { maxOutputTokens: 9 },
    { maxToolCalls: 2 },
    { temperature: 0 },
    { temperature: 0.5, topP: 0.5 },
    { topLogprobs: 3 },
    { tools: [custom] },
    { toolChoice: 'none' },
    { toolChoice: 'required' },
    { toolChoice: { type: 'function', name: 'f' } },
    {
      toolChoice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    },
    { parallelToolCalls: false },
    { reasoningEffort: 'low' },
    { reasoningEffort: 'low', reasoning: { summary: 'auto', context: 'all_turns' } },
    { tools: [{ type: 'web_search' }], toolChoice: { type: 'web_search_preview' } },
    { truncation: 'auto' },
    { passedOn: { presence_penalty: 0.5, frequency_penalty: -1, user: 'u' } },
    { text: { format: { type: 'json_object' }, verbosity: 'low' } },
    { text: { format: schema } },
    { text: { format: { ...schema, description: 'd' } } },
  ])('asks as before for %j', (said) => {
    const expected = { ...nothing, truncation: 'disabled', ...said };
    expect(paramsFrom(asked(said), 'conv_1')).toEqual(expected);
    expect(paramsFrom(stored(said), 'conv_1')).toEqual(expected);
  });

  it.each<Partial<AnswerParameters>>([
    { passedOn: { service_tier: 'flex', moderation: { model: 'm' }, stop: ['x'], user: 'u' } },
    { contextManagement: [{ type: 'compaction', compact_threshold: 5 }] },
    { include: ['message.output_text.logprobs'] },
  ])('asks as before for %j, which a response does not show', (said) => {
    const expected = { ...nothing, truncation: 'disabled', ...said };
    expect(paramsFrom(stored(said), 'conv_1')).toEqual(expected);
  });

  it('has the functions of before', () => {
    const tool = { type: 'function' as const, name: 'f', parameters: {}, strict: null };
    expect(paramsFrom(asked({ tools: [tool] }), 'conv_1').tools).toMatchObject([tool]);
  });

  it.each<Partial<ResponseBody>>([
    { temperature: 1, top_p: 1, top_logprobs: 0, parallel_tool_calls: true },
    { presence_penalty: 0, frequency_penalty: 0 },
    { instructions: [] },
  ])('leaves out what was never said, or cannot be: %j', (shown) => {
    const expected = { ...nothing, truncation: 'disabled' };
    const { body, ...rest } = asked();
    expect(paramsFrom({ ...rest, body: { ...body, ...shown } }, 'conv_1')).toEqual(expected);
  });
});
