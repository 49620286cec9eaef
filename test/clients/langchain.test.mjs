import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI } from '@langchain/openai';
import { z } from 'zod';
import { apiKey, baseURL, behave, callTheTool, model, reset, told } from './alice.mjs';

beforeEach(reset);

describe('LangChain with useResponsesApi', () => {
  const chat = new ChatOpenAI({ model, apiKey, configuration: { baseURL }, useResponsesApi: true });

  it('goes on with its answer', async () => {
    const messages = [new HumanMessage('one')];
    messages.push(await chat.invoke(messages), new HumanMessage('two'));
    const { text } = await chat.invoke(messages);
    assert.equal(text, 'You said: two');
    assert.deepEqual(
      (await told()).map(({ role, content }) => [role, content]),
      [
        ['user', 'one'],
        ['assistant', 'You said: one'],
        ['user', 'two'],
      ],
    );
  });

  it('streams', async () => {
    let text = '';
    for await (const piece of await chat.stream('hello')) text += piece.text;
    assert.equal(text, 'You said: hello');
  });

  it('calls a tool and goes on', async () => {
    const weather = tool(({ city }) => `sunny in ${city}`, {
      name: 'weather',
      description: 'The weather of a city',
      schema: z.object({ city: z.string() }),
    });
    await callTheTool();
    const bound = chat.bindTools([weather]);
    const question = new HumanMessage('Weather?');
    const answer = await bound.invoke([question]);
    const [call] = answer.tool_calls;
    assert.deepEqual(call.args, { city: 'Beijing' });
    const result = new ToolMessage({ content: 'sunny', tool_call_id: call.id });
    await bound.invoke([question, answer, result]);
    assert.deepEqual((await told()).at(-1), {
      role: 'tool',
      tool_call_id: 'call_1',
      content: 'sunny',
    });
  });

  it('goes on behind a response that is stored', async () => {
    const first = await chat.invoke('one');
    const { id } = first.response_metadata;
    assert.match(id, /^resp_/);
    const { text } = await chat.invoke('two', { previous_response_id: id });
    assert.equal(text, 'You said: two');
    assert.equal((await told()).length, 3);
  });

  it('asks for an answer of a form', async () => {
    await behave({ answer: '{"city":"Beijing"}', times: 1 });
    const place = z.object({ city: z.string() });
    const formed = chat.withStructuredOutput(place, { method: 'jsonSchema' });
    assert.deepEqual(await formed.invoke('Where?'), { city: 'Beijing' });
  });
});
