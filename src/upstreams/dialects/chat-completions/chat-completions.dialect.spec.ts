import type { Item } from '../../../models/item.js';
import type { ModelRequest, WantedAnswer } from '../../../models/model-request.js';
import { refusedField } from '../../../../test/support/refused-field.js';
import { recipient } from '../../../../test/factories/recipient.js';
import { ChatCompletionsDialect } from './chat-completions.dialect.js';

const hi: Item = { type: 'message', role: 'user', content: 'Hi' };
const plain: ModelRequest = {
  ...{ model: 'm', form: 'chat', instructions: [], items: [hi], sampling: {} },
};

function encoded(more: Partial<ModelRequest>, refused: readonly string[] = [], stream = false) {
  return new ChatCompletionsDialect().ask({ ...plain, ...more }, stream, recipient(refused))
    .request;
}

const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }] };

describe('a chat', () => {
  it('says nothing that is not asked for', () => {
    const expected = { path: '/chat/completions', body, added: [], expendable: [], asked: [] };
    expect(encoded({})).toEqual(expected);
    expect(encoded({ wanted: {} })).toEqual(expected);
  });

  it('has its instructions before what was said', () => {
    const { messages } = encoded({ instructions: ['a', 'b'] }).body;
    expect(messages).toEqual([
      { role: 'system', content: 'a' },
      { role: 'system', content: 'b' },
      ...body.messages,
    ]);
    const { messages: more } = encoded({ instructions: ['a'], instructionsOnce: 'once' }).body;
    expect(more).toEqual([
      { role: 'system', content: 'once' },
      { role: 'system', content: 'a' },
      ...body.messages,
    ]);
  });

  it('is streamed with its usage', () => {
    expect(encoded({}, [], true)).toMatchObject({
      body: { ...body, stream: true, stream_options: { include_usage: true } },
      expendable: ['stream_options'],
      asked: [],
    });
  });

  it('may take back how it is sampled, but not what is wanted', () => {
    const request = { sampling: { top_p: 1, temperature: 1 }, wanted: { temperature: 0 } };
    expect(encoded(request)).toMatchObject({
      body: { ...body, top_p: 1, temperature: 0 },
      added: ['top_p'],
    });
  });

  const thought: Item = {
    ...{ type: 'reasoning', summary: [] },
    content: [{ type: 'reasoning_text', text: 'Hm' }],
  };
  const call: Item = { type: 'function_call', call_id: 'c', name: 'f', arguments: '{}' };
  const output: Item = { type: 'function_call_output', call_id: 'c', output: '1' };
  const told: Item = { type: 'message', role: 'developer', content: 'Be.' };

  const sealed = { type: 'reasoning', summary: [], reasoning_details: [{ data: 'A' }] } as const;
  const no: Item = {
    ...{ type: 'message', role: 'assistant' },
    content: [{ type: 'refusal', refusal: 'No.' }],
  };

  it.each<[string, Item[]]>([
    ['reasoning_content', [hi, thought, call, output]],
    ['reasoning_details', [hi, sealed, call, output]],
    ['extra_content', [hi, { ...call, extra_content: { google: {} } }, output]],
    ['refusal', [hi, no, hi]],
    ['developer', [told, hi]],
  ])('leaves %s out where the model refuses it, and says where it may', (name, items) => {
    const whole = encoded({ items });
    expect(JSON.stringify(whole.body)).toContain(name);
    expect(whole.added).toEqual([name]);
    const rest = encoded({ items }, [name]);
    expect(JSON.stringify(rest.body)).not.toContain(name);
    expect(rest.added).toEqual([]);
    expect(rest.body['messages']).toHaveLength((whole.body['messages'] as unknown[]).length);
  });

  it('leaves out what goes without saying where the model refuses it, and no other choice', () => {
    const tools = [{ type: 'function', name: 'f', parameters: {}, strict: null }] as const;
    const auto = { wanted: { tools, tool_choice: 'auto' } } as const;
    expect(encoded(auto)).toMatchObject({ body: { tool_choice: 'auto' }, added: ['tool_choice'] });
    expect(encoded(auto, ['tool_choice']).body).not.toHaveProperty('tool_choice');
    const required = { wanted: { tools, tool_choice: 'required' } } as const;
    expect(encoded(required, ['tool_choice'])).toMatchObject({
      body: { tool_choice: 'required' },
      added: [],
    });
  });

  it('tells in words what was refused where there is no name for that', () => {
    expect(encoded({ items: [no] }, ['refusal']).body['messages']).toEqual([
      { role: 'assistant', content: 'No.' },
    ]);
  });
});

describe('what is wanted of a chat', () => {
  const f = { type: 'function', name: 'f', parameters: { type: 'object' }, strict: null } as const;
  const g = { type: 'custom', name: 'g' } as const;
  const chatF = { type: 'function', function: { name: 'f', parameters: f.parameters } };
  const named = { name: 's', schema: { type: 'object' } };
  const schema = { type: 'json_schema', ...named } as const;

  it.each<[WantedAnswer, object]>([
    [{ tools: [f] }, { tools: [chatF] }],
    [
      { tools: [{ ...f, description: 'd', strict: false }] },
      { tools: [{ ...chatF, function: { ...chatF.function, description: 'd', strict: false } }] },
    ],
    [
      { tools: [{ ...f, description: null, parameters: null }] },
      { tools: [{ ...chatF, function: { name: 'f', parameters: {} } }] },
    ],
    [{ tools: [g] }, { tools: [{ type: 'custom', custom: { name: 'g' } }] }],
    [
      { tools: [{ ...g, description: 'd', format: { type: 'text' } }] },
      {
        tools: [
          { type: 'custom', custom: { name: 'g', description: 'd', format: { type: 'text' } } },
        ],
      },
    ],
    [
      { tools: [{ ...g, format: { type: 'grammar', syntax: 'lark', definition: 'x' } }] },
      {
        tools: [
          {
            type: 'custom',
            custom: {
              name: 'g',
              format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'x' } },
            },
          },
        ],
      },
    ],
    [
      { tools: [f], tool_choice: 'required' },
      { tools: [chatF], tool_choice: 'required' },
    ],
    [
      { tools: [f], tool_choice: { type: 'function', name: 'f' }, parallel_tool_calls: false },
      {
        tools: [chatF],
        tool_choice: { type: 'function', function: { name: 'f' } },
        parallel_tool_calls: false,
      },
    ],
    [
      { tools: [g], tool_choice: { type: 'custom', name: 'g' } },
      {
        tools: [{ type: 'custom', custom: { name: 'g' } }],
        tool_choice: { type: 'custom', custom: { name: 'g' } },
      },
    ],
    [{ tools: [], tool_choice: 'none', parallel_tool_calls: true }, {}],
    [{ tool_choice: 'auto', parallel_tool_calls: true }, {}],
    [{ format: { type: 'text' } }, {}],
    [{ format: { type: 'json_object' } }, { response_format: { type: 'json_object' } }],
    [{ format: schema }, { response_format: { type: 'json_schema', json_schema: named } }],
    [
      { format: { ...schema, description: null, strict: null } },
      { response_format: { type: 'json_schema', json_schema: named } },
    ],
    [
      { format: { ...schema, description: 'd', strict: false } },
      {
        response_format: {
          type: 'json_schema',
          json_schema: { ...named, description: 'd', strict: false },
        },
      },
    ],
    [{ verbosity: 'low' }, { verbosity: 'low' }],
    [{ top_logprobs: 0 }, { logprobs: true, top_logprobs: 0 }],
    [
      { max_output_tokens: 5, top_p: 0 },
      { max_tokens: 5, top_p: 0 },
    ],
    [{ passthrough: { seed: 1 } }, { seed: 1 }],
    [
      {
        tools: [
          { type: 'function', name: 'f', parameters: {}, strict: null },
          { type: 'custom', name: 'g' },
        ],
        tool_choice: {
          ...{ type: 'allowed_tools', mode: 'required' },
          tools: [{ type: 'custom', name: 'g' }],
        },
      },
      { tools: [{ type: 'custom', custom: { name: 'g' } }], tool_choice: 'required' },
    ],
  ])('is asked for in its words: %j', (wanted, fields) => {
    expect(encoded({ wanted }).body).toEqual({ ...body, ...fields });
  });
});

describe('what chat completions have not got', () => {
  it.each<[WantedAnswer, string]>([
    [{ tools: [{ type: 'hosted', tool: { type: 'web_search' } }] }, 'tools[0].type'],
    [{ tool_choice: { type: 'hosted', choice: { type: 'mcp' } } }, 'tool_choice.type'],
  ])('is refused by its name, with the dialect that would take it: %j', (wanted, param) => {
    const refusal = refusedField(() => {
      new ChatCompletionsDialect().check(wanted);
    });
    expect(refusal).toMatchObject({ param, fault: 'unsupported_parameter' });
    expect(refusal.detail).toContain('UPSTREAM_DIALECT=responses');
  });
});
