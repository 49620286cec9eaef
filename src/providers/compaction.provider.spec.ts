import { readSettings } from '../config/read-settings.js';
import type { Item } from '../models/item.js';
import { CompactionProvider } from './compaction.provider.js';

const provider = new CompactionProvider(readSettings({ REASONING_EFFORT: 'low' }));

function textOf(items: readonly Item[]): unknown {
  const request = provider.request({ model: 'm', items, instructions: null });
  const [item] = request.items;
  return item?.type === 'message' ? item.content : null;
}

describe('the request for a summary', () => {
  it('is as bounded as every other', () => {
    const bounded = new CompactionProvider(readSettings({ V1_MAX_OUTPUT_TOKENS: '500' }));
    const { sampling } = bounded.request({ model: 'm', items: [], instructions: null });
    expect(sampling).toEqual({ max_output_tokens: 500 });
  });

  it('has everything that was said in one text', () => {
    const items: Item[] = [
      { type: 'message', role: 'user', content: 'Why?' },
      { type: 'reasoning', summary: [], encrypted_content: 'gAAA' },
      { type: 'function_call', call_id: 'c', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call_output', call_id: 'c', output: '42' },
      { type: 'custom_tool_call', call_id: 'd', name: 'g', input: 'x' },
      {
        type: 'custom_tool_call_output',
        call_id: 'd',
        output: [{ type: 'input_text', text: 'y' }],
      },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'So.' }] },
    ];
    expect(textOf(items)).toBe(
      [
        'Conversation:',
        'user: Why?',
        'assistant calls f (c): {"a":1}',
        'output of c: 42',
        'assistant calls g (d): x',
        'output of d: y',
        'assistant: So.',
        'Write the summary.',
      ].join('\n\n'),
    );
  });

  it('says of pictures and files that they were there', () => {
    const content = [
      { type: 'input_image' as const, image_url: 'data:image/png;base64,AAAA' },
      { type: 'input_file' as const, filename: 'a.pdf', file_data: 'data:;base64,AAAA' },
      { type: 'input_text' as const, text: 'Look.' },
    ];
    expect(textOf([{ type: 'message', role: 'user', content }])).toContain(
      'user: [image][file a.pdf]Look.',
    );
  });

  it('has what is not read here as it came, but for where it came from', () => {
    const item = {
      ...{ type: 'web_search_call', query: 'x' },
      origin: { id: 'ws_1', prefix: null, organization: null },
    } as unknown as Item;
    expect(textOf([item])).toContain('{"type":"web_search_call","query":"x"}');
  });

  it('goes to the model that it is for, with what the caller wants behind what it is to do', () => {
    const request = provider.request({ model: 'm', items: [], instructions: 'Be brief.' });
    expect(request).toMatchObject({
      model: 'm',
      form: 'chat',
      sampling: { reasoning_effort: 'low' },
    });
    expect(request.instructions).toHaveLength(2);
    expect(request.instructions[1]).toBe('Be brief.');
    expect(
      provider.request({ model: 'm', items: [], instructions: null }).instructions,
    ).toHaveLength(1);
  });
});
