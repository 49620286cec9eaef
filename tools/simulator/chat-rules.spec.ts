import { findChatFault } from './chat-rules.js';

const tools = [{ type: 'function', function: { name: 'f' } }];

describe('models that want /v1/responses', () => {
  it('are refused at chat completions by the beginnings of their names', () => {
    const profile = { responsesOnlyModels: ['gpt-6.2'] };
    const { status, body } = findChatFault({ model: 'gpt-6.2-sol' }, profile) ?? {};
    expect([status, body]).toEqual([
      400,
      expect.stringContaining('only supported in v1/responses'),
    ]);
    expect(findChatFault({ model: 'gpt-6-sol' }, profile)).toBeNull();
  });

  it.each([
    ['with-effort', undefined, false],
    ['with-effort', 'none', false],
    ['with-effort', 'low', true],
    ['unless-none', undefined, true],
    ['unless-none', 'none', false],
    ['always', 'none', true],
  ] as const)('refuse function tools %s: effort %s', (kind, effort, isRefused) => {
    const profile = { chatToolsRefused: { 'gpt-6': kind } };
    const body = { model: 'gpt-6-sol', tools, reasoning_effort: effort };
    const fault = findChatFault(body, profile);
    expect(fault?.body.includes('Function tools with reasoning_effort') ?? false).toBe(isRefused);
    expect(findChatFault({ ...body, tools: [] }, profile)).toBeNull();
    expect(findChatFault({ ...body, model: 'gpt-4.1' }, profile)).toBeNull();
  });
});
