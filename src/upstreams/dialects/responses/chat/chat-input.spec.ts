import { refusedField } from '../../../../../test/support/refused-field.js';
import type { InvalidFieldError } from '../../../../platform/errors/http.errors.js';
import { chatInput } from './chat-input.js';

const user = { role: 'user', content: 'q' };
const asked = { type: 'message', role: 'user', content: 'q' };

const call = (id: string, more: object = {}) => ({
  id,
  type: 'function',
  function: { name: 'f', arguments: '{}' },
  ...more,
});
const custom = (id: string) => ({ id, type: 'custom', custom: { name: 'c', input: 'x' } });
const called = (id: string) => ({
  type: 'function_call',
  call_id: id,
  name: 'f',
  arguments: '{}',
});
const customCalled = (id: string) => ({
  type: 'custom_tool_call',
  call_id: id,
  name: 'c',
  input: 'x',
});

describe('the messages of a chat completion as input items', () => {
  it.each(['system', 'developer', 'user'])('have what the %s says as a message', (role) => {
    expect(chatInput([{ role, content: 'a', name: null }])).toEqual([
      { type: 'message', role, content: 'a' },
    ]);
  });

  it.each<[string, object, object]>([
    ['a text', { type: 'text', text: 'a' }, { type: 'input_text', text: 'a' }],
    [
      'a text with a mark for the cache',
      { type: 'text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
      { type: 'input_text', text: 'a', prompt_cache_breakpoint: { mode: 'explicit' } },
    ],
    [
      'a picture, of which nobody says how exact it is to be',
      { type: 'image_url', image_url: { url: 'https://x.example/a.png' } },
      { type: 'input_image', image_url: 'https://x.example/a.png', detail: 'auto' },
    ],
    [
      'a picture that is looked at closely',
      { type: 'image_url', image_url: { url: 'data:x', detail: 'high' } },
      { type: 'input_image', image_url: 'data:x', detail: 'high' },
    ],
    [
      'a file in the message',
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:x' } },
      { type: 'input_file', filename: 'a.pdf', file_data: 'data:x' },
    ],
    [
      'a file by its id',
      { type: 'file', file: { file_id: 'file-1' } },
      { type: 'input_file', file_id: 'file-1' },
    ],
    [
      'members that nobody knows',
      { type: 'image_url', image_url: { url: 'data:x', fps: 2 }, odd: 1 },
      { type: 'input_image', image_url: 'data:x', detail: 'auto', fps: 2, odd: 1 },
    ],
  ])('have as a part %s', (_what, part, expected) => {
    expect(chatInput([{ role: 'user', content: [part, { type: 'text', text: 'b' }] }])).toEqual([
      { type: 'message', role: 'user', content: [expected, { type: 'input_text', text: 'b' }] },
    ]);
  });

  const said = (...content: object[]) => [
    { type: 'message', role: 'assistant', status: 'completed', content },
  ];
  const text = (words: string) => ({ type: 'output_text', text: words, annotations: [] });
  const refused = { type: 'refusal', refusal: 'No.' };

  it.each<[string, object, object[]]>([
    ['a text', { content: 'a' }, [{ type: 'message', role: 'assistant', content: 'a' }]],
    ['no word', { content: '' }, [{ type: 'message', role: 'assistant', content: '' }]],
    [
      'parts',
      {
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      said(text('a'), text('b')),
    ],
    ['a part that refuses', { content: [{ type: 'refusal', refusal: 'No.' }] }, said(refused)],
    ['a refusal', { content: null, refusal: 'No.' }, said(refused)],
    ['words and a refusal', { content: 'a', refusal: 'No.' }, said(text('a'), refused)],
    [
      'calls',
      { content: null, tool_calls: [call('1'), custom('2')] },
      [called('1'), customCalled('2')],
    ],
    ['calls beside an empty text', { content: '', tool_calls: [call('1')] }, [called('1')]],
    [
      'words and then calls',
      { content: 'a', tool_calls: [call('1')] },
      [{ type: 'message', role: 'assistant', content: 'a' }, called('1')],
    ],
    [
      'what an answer has besides',
      {
        ...{ content: 'a', refusal: null, annotations: [], audio: null, reasoning_content: 't' },
        ...{ tool_calls: null, function_call: null, parsed: {} },
      },
      [{ type: 'message', role: 'assistant', content: 'a' }],
    ],
    [
      'calls as clients put them together',
      {
        tool_calls: [
          {
            ...call('1', { type: undefined, index: 0, extra_content: { s: 1 } }),
            function: { name: 'f', arguments: '{}', parsed_arguments: {} },
          },
        ],
      },
      [{ ...called('1'), extra_content: { s: 1 } }],
    ],
  ])('have of an answer %s', (_what, answer, items) => {
    expect(chatInput([user, { role: 'assistant', ...answer }])).toEqual([asked, ...items]);
  });

  it('have the output of a tool as that of the kind of call that it answers', () => {
    const messages = [
      { role: 'assistant', tool_calls: [call('1'), custom('2')] },
      { role: 'tool', tool_call_id: '2', content: 'two' },
      { role: 'tool', tool_call_id: '1', name: 'f', content: [{ type: 'text', text: 'one' }] },
    ];
    expect(chatInput(messages).slice(2)).toEqual([
      { type: 'custom_tool_call_output', call_id: '2', output: 'two' },
      {
        type: 'function_call_output',
        call_id: '1',
        output: [{ type: 'input_text', text: 'one' }],
      },
    ]);
  });

  it('have calls of functions, which have no ids, each with its own output', () => {
    const made = {
      role: 'assistant',
      content: null,
      function_call: { name: 'f', arguments: '{}' },
    };
    const messages = [
      user,
      made,
      { role: 'function', name: 'f', content: 'one' },
      made,
      { role: 'function', name: 'f', content: null },
    ];
    const items = [
      asked,
      called('call_of_message_1'),
      { type: 'function_call_output', call_id: 'call_of_message_1', output: 'one' },
      called('call_of_message_3'),
      { type: 'function_call_output', call_id: 'call_of_message_3', output: '' },
    ];
    expect(chatInput(messages)).toEqual(items);
    expect(chatInput([...messages, user])).toEqual([...items, asked]);
  });

  it.each<[string, InvalidFieldError['fault'], object]>([
    ['messages[0]', 'invalid_type', []],
    ['messages[0].role', 'missing_required_parameter', { content: 'a' }],
    ['messages[0].role', 'invalid_value', { role: 'nobody', content: 'a' }],
    ['messages[0].content', 'missing_required_parameter', { role: 'user' }],
    ['messages[0].content', 'missing_required_parameter', { role: 'assistant', tool_calls: [] }],
    ['messages[0].content', 'invalid_type', { role: 'user', content: 7 }],
    ['messages[0].content', 'invalid_type', { role: 'assistant', content: 7 }],
    ['messages[0].content[0]', 'invalid_type', { role: 'user', content: ['a'] }],
    [
      'messages[0].content[0].text',
      'missing_required_parameter',
      { role: 'user', content: [{ type: 'text' }] },
    ],
    [
      'messages[0].content[0].image_url',
      'invalid_type',
      { role: 'user', content: [{ type: 'image_url', image_url: 'x' }] },
    ],
    [
      'messages[0].content[0].file',
      'missing_required_parameter',
      { role: 'user', content: [{ type: 'file' }] },
    ],
    [
      'messages[0].content[0].input_audio',
      'unsupported_parameter',
      { role: 'user', content: [{ type: 'input_audio', input_audio: {} }] },
    ],
    [
      'messages[0].content[0].type',
      'unsupported_parameter',
      { role: 'user', content: [{ type: 'video_url' }] },
    ],
    [
      'messages[0].content[0].type',
      'unsupported_parameter',
      { role: 'assistant', content: [{ type: 'image_url' }] },
    ],
    ['messages[0].name', 'unsupported_parameter', { role: 'user', content: 'a', name: 'Ada' }],
    ['messages[0].audio', 'unsupported_parameter', { role: 'assistant', audio: { id: 'a' } }],
    ['messages[0].odd', 'unsupported_parameter', { role: 'system', content: 'a', odd: 0 }],
    ['messages[0].tool_call_id', 'missing_required_parameter', { role: 'tool', content: 'a' }],
    ['messages[0].name', 'invalid_value', { role: 'function', name: 'f', content: 'a' }],
    [
      'messages[0].tool_calls[0].id',
      'missing_required_parameter',
      { role: 'assistant', tool_calls: [call('1', { id: null })] },
    ],
    [
      'messages[0].tool_calls[0].type',
      'invalid_value',
      { role: 'assistant', tool_calls: [call('1', { type: 'mcp' })] },
    ],
    [
      'messages[0].tool_calls[0].function',
      'missing_required_parameter',
      { role: 'assistant', tool_calls: [{ id: '1', type: 'function' }] },
    ],
    [
      'messages[0].tool_calls[0].function.arguments',
      'missing_required_parameter',
      { role: 'assistant', tool_calls: [call('1', { function: { name: 'f' } })] },
    ],
  ])('are refused by the name of the field: %s, %s', (param, fault, message) => {
    expect(refusedField(() => chatInput([message]))).toMatchObject({ param, fault });
  });
});
