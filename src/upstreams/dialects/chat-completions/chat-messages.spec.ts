import fc from 'fast-check';
import { chatMessages } from './chat-messages.js';
import type { ItemBody } from '../../../models/item-body.js';

const call = (callId: string): ItemBody => ({
  kind: 'function_call',
  callId,
  name: 'f',
  arguments: '{}',
});
const output = (callId: string): ItemBody => ({
  kind: 'function_call_output',
  callId,
  output: callId,
});
const user: ItemBody = { kind: 'message', role: 'user', content: 'q' };
const assistant: ItemBody = { kind: 'message', role: 'assistant', content: 'a' };

describe('items as chat messages', () => {
  it('have calls in the message before them, and outputs right behind', () => {
    expect(
      chatMessages([user, assistant, call('1'), call('2'), output('1'), user, output('2')]),
    ).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: 'a', tool_calls: [{ id: '1' }, { id: '2' }] },
      { role: 'tool', tool_call_id: '1' },
      { role: 'tool', tool_call_id: '2' },
      { role: 'user' },
    ]);
  });

  it('have a refusal as what it is', () => {
    const content = [{ type: 'refusal' as const, text: 'No.' }];
    expect(chatMessages([{ kind: 'message', role: 'assistant', content }])).toEqual([
      { role: 'assistant', content: null, refusal: 'No.' },
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
        for (const message of chatMessages(said)) {
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
