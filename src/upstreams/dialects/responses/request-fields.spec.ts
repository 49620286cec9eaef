import type { Sampling, WantedAnswer } from '../../../models/model-request.js';
import { requestFields } from './request-fields.js';

const base = { store: false, include: ['reasoning.encrypted_content'] };

function fieldsOf(
  wanted: WantedAnswer = {},
  { sampling = {}, refused = [], compactAt = null, ...how }: Partial<Asked> = {},
) {
  const { stream = false, cacheKey = null } = how;
  const asked = { stream, cacheKey, compactAt };
  return requestFields(sampling, wanted, asked, new Set(refused));
}

interface Asked {
  sampling: Sampling;
  refused: string[];
  stream: boolean;
  cacheKey: string | null;
  compactAt: number | null;
}

describe('the fields of a request', () => {
  it('ask that nothing is kept there, and for sealed thoughts', () => {
    expect(fieldsOf()).toEqual({
      fields: base,
      added: ['include'],
      expendable: ['stream_options', 'prompt_cache_key'],
    });
  });

  it('ask for a stream without padding, and name what begins alike', () => {
    const { fields, added } = fieldsOf({}, { stream: true, cacheKey: 'k' });
    expect(fields).toEqual({
      ...base,
      stream: true,
      stream_options: { include_obfuscation: false },
      prompt_cache_key: 'k',
    });
    expect(added).toEqual(['include', 'prompt_cache_key', 'stream_options']);
  });

  it('ask for a compaction, which may be taken back, where the caller says nothing of it', () => {
    const context_management = [{ type: 'compaction', compact_threshold: 9 }];
    const { fields, added } = fieldsOf({}, { compactAt: 9 });
    expect(fields).toEqual({ ...base, context_management });
    expect(added).toContain('context_management');
    expect(fieldsOf({}, { compactAt: 9, refused: ['context_management'] }).fields).toEqual(base);
    const own = [{ type: 'compaction', compact_threshold: 5 }];
    const said = fieldsOf({ context_management: own }, { compactAt: 9 });
    expect(said.fields).toEqual({ ...base, context_management: own });
    expect(said.added).not.toContain('context_management');
  });

  it('are what is wanted, which is never taken back', () => {
    const wanted: WantedAnswer = {
      max_output_tokens: 5,
      temperature: 0,
      top_p: 1,
      top_logprobs: 2,
      stop: ['x'],
      frequency_penalty: 1,
      presence_penalty: -1,
      reasoning_effort: 'low',
      reasoning: { summary: 'auto' },
      verbosity: 'low',
      format: { type: 'json_object' },
      context_management: [{ type: 'compaction', compact_threshold: 5 }],
      passthrough: { service_tier: 'flex', moderation: { model: 'm' }, prompt_cache_key: 'mine' },
    };
    const all = ['temperature', 'reasoning', 'max_output_tokens', 'prompt_cache_key'];
    const { fields, added } = fieldsOf(wanted, { refused: all, cacheKey: 'ours' });
    expect(fields).toEqual({
      store: false,
      max_output_tokens: 5,
      temperature: 0,
      top_p: 1,
      top_logprobs: 2,
      stop: ['x'],
      frequency_penalty: 1,
      presence_penalty: -1,
      reasoning: { effort: 'low', summary: 'auto' },
      text: { format: { type: 'json_object' }, verbosity: 'low' },
      context_management: [{ type: 'compaction', compact_threshold: 5 }],
      service_tier: 'flex',
      moderation: { model: 'm' },
      prompt_cache_key: 'mine',
      include: ['message.output_text.logprobs', 'reasoning.encrypted_content'],
    });
    expect(added).toEqual([]);
  });

  it('are sampled by default as the service here says, which may be taken back', () => {
    const sampling = { temperature: 1, max_output_tokens: 9, reasoning_effort: 'low', stop: ['x'] };
    const { fields, added } = fieldsOf({ temperature: 0 }, { sampling });
    expect(fields).toMatchObject({
      temperature: 0,
      max_output_tokens: 9,
      reasoning: { effort: 'low' },
    });
    expect(fields).not.toHaveProperty('stop');
    expect(added).toEqual(['max_output_tokens', 'reasoning', 'include']);
    const refused = ['max_output_tokens', 'reasoning', 'include'];
    expect(fieldsOf({}, { sampling, refused }).fields).toEqual({ store: false, temperature: 1 });
  });

  it('ask once for sealed thoughts, also where a caller does', () => {
    const { fields, added } = fieldsOf({ include: ['reasoning.encrypted_content'] });
    expect(fields).toEqual(base);
    expect(added).toEqual(['include']);
    const more = ['file_search_call.results', 'reasoning.encrypted_content'];
    expect(fieldsOf({ include: more }, { refused: ['include'] }).fields['include']).toEqual(more);
  });

  it('have tools with all that is about them, and nothing about none', () => {
    const wanted: WantedAnswer = {
      tools: [
        { type: 'function', name: 'f', parameters: {}, strict: null },
        { type: 'custom', name: 'c', format: { type: 'text' } },
        { type: 'hosted', tool: { type: 'web_search', filters: { a: 1 } } },
      ],
      tool_choice: { type: 'hosted', choice: { type: 'web_search' } },
      parallel_tool_calls: false,
      max_tool_calls: 3,
    };
    expect(fieldsOf(wanted).fields).toEqual({
      ...base,
      tools: [
        { type: 'function', name: 'f', parameters: {}, strict: null },
        { type: 'custom', name: 'c', format: { type: 'text' } },
        { type: 'web_search', filters: { a: 1 } },
      ],
      tool_choice: { type: 'web_search' },
      parallel_tool_calls: false,
      max_tool_calls: 3,
    });
    const { tools, ...about } = wanted;
    expect(fieldsOf(about).fields).toEqual(base);
    expect(fieldsOf({ ...wanted, tool_choice: 'required' }).fields['tool_choice']).toBe('required');
  });

  it('say nothing of a format that is text', () => {
    expect(fieldsOf({ format: { type: 'text' } }).fields).toEqual(base);
  });
});
