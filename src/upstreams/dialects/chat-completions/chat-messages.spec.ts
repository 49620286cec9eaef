import fc from 'fast-check';
import { InvalidFieldError } from '../../../platform/errors/http.errors.js';
import { chatMessages } from './chat-messages.js';
import type { Item } from '../../../models/item.js';

const call = (callId: string): Item => ({
  type: 'function_call',
  call_id: callId,
  name: 'f',
  arguments: '{}',
});
const output = (callId: string): Item => ({
  type: 'function_call_output',
  call_id: callId,
  output: callId,
});
const user: Item = { type: 'message', role: 'user', content: 'q' };
const assistant: Item = { type: 'message', role: 'assistant', content: 'a' };

function messagesOf(items: readonly Item[]) {
  return chatMessages(items, new Set()).messages;
}

describe('items as chat messages', () => {
  it('have nothing in the place of a compaction, which holds what nobody here can read', () => {
    const compaction: Item = { type: 'compaction', encrypted_content: 'gAAAAABo' };
    expect(() => messagesOf([user, compaction])).toThrow(InvalidFieldError);
  });

  it('have calls in the message before them, and outputs right behind', () => {
    expect(
      messagesOf([user, assistant, call('1'), call('2'), output('1'), user, output('2')]),
    ).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'a', tool_calls: [{ id: '1' }, { id: '2' }] },
      { role: 'tool', tool_call_id: '1' },
      { role: 'tool', tool_call_id: '2' },
      { role: 'user' },
    ]);
  });

  it('have a refusal as what it is', () => {
    const content = [{ type: 'refusal' as const, refusal: 'No.' }];
    expect(messagesOf([{ type: 'message', role: 'assistant', content }])).toEqual([
      { role: 'assistant', content: null, refusal: 'No.' },
    ]);
  });

  it.each([
    [[], ['developer'], 'developer'],
    [['developer'], [], 'system'],
  ])(
    'have a developer under a name that the server knows: %j is refused',
    (refused, added, role) => {
      const items: Item[] = [{ type: 'message', role: 'developer', content: 'Be kind.' }];
      const told = chatMessages(items, new Set(refused));
      expect([...told.added]).toEqual(added);
      expect(told.messages).toEqual([{ role, content: 'Be kind.' }]);
    },
  );

  const thought: Item = {
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'I need f.' }],
  };

  it('have thoughts with the calls that they led to, and only there', () => {
    const items = [user, thought, call('1'), output('1'), thought, assistant, user];
    expect(messagesOf(items)).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: null, reasoning_content: 'I need f.' },
      { role: 'tool' },
      { role: 'assistant', content: 'a' },
      { role: 'user' },
    ]);
    const { messages } = chatMessages(items, new Set(['reasoning_content']));
    expect(JSON.stringify(messages)).not.toContain('need');
  });

  it('have thoughts in the form in which a service sent them', () => {
    const details = [{ type: 'reasoning.encrypted', data: 'AAAA', index: 0 }];
    const sealed: Item = { type: 'reasoning', summary: [], reasoning_details: details };
    expect(messagesOf([user, sealed, call('1'), output('1')])[1]).toMatchObject({
      reasoning_details: details,
      tool_calls: [{ id: '1' }],
    });
  });

  it('have what a service wants back with a call', () => {
    const extra_content = { google: { thought_signature: 'c2ln' } };
    const signed: Item = {
      type: 'function_call',
      call_id: '1',
      name: 'f',
      arguments: '{}',
      extra_content,
    };
    expect(messagesOf([signed, output('1')])[0]).toMatchObject({ tool_calls: [{ extra_content }] });
  });

  it('have calls of custom tools', () => {
    const custom: Item = { type: 'custom_tool_call', call_id: '1', name: 'sh', input: 'ls' };
    const result: Item = { type: 'custom_tool_call_output', call_id: '1', output: 'a.txt' };
    expect(messagesOf([custom, result])).toEqual([
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: '1', type: 'custom', custom: { name: 'sh', input: 'ls' } }],
      },
      { role: 'tool', tool_call_id: '1', content: 'a.txt' },
    ]);
  });

  it('have pictures and files of an output in a message of the user behind all outputs', () => {
    const picture: Item = {
      type: 'function_call_output',
      call_id: '1',
      output: [
        { type: 'input_text', text: 'The chart:' },
        { type: 'input_image', image_url: 'data:image/png;base64,AA', detail: 'original' },
        { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,AA' },
      ],
    };
    expect(messagesOf([call('1'), call('2'), picture, output('2')])).toMatchObject([
      { role: 'assistant' },
      { role: 'tool', tool_call_id: '1', content: 'The chart:' },
      { role: 'tool', tool_call_id: '2' },
      {
        role: 'user',
        content: [
          { type: 'text' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AA', detail: 'high' } },
          { type: 'file', file: { filename: 'a.pdf' } },
        ],
      },
    ]);
  });

  it('never have a call without its output or an output without its call', () => {
    const item = fc.oneof(
      fc.constant(user),
      fc.constant(assistant),
      fc.nat(4).map((id) => call(String(id))),
      fc.nat(4).map((id) => output(String(id))),
    );
    fc.assert(
      fc.property(fc.array(item, { maxLength: 20 }), (said) => {
        const open = new Set<string>();
        for (const message of messagesOf(said)) {
          if (message.role === 'tool') expect(open.delete(message.tool_call_id)).toBe(true);
          else expect(open.size).toBe(0);
          if (message.role === 'assistant') {
            for (const { id } of message.tool_calls ?? []) open.add(id);
          }
        }
        expect(open.size).toBe(0);
      }),
    );
  });
});
