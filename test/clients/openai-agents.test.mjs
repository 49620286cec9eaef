import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  Agent,
  OpenAIConversationsSession,
  OpenAIResponsesModel,
  run,
  setTracingDisabled,
  tool,
  user,
} from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { apiKey, baseURL, callTheTool, model, reset, told } from './alice.mjs';

setTracingDisabled(true);
beforeEach(reset);

describe('OpenAI Agents', () => {
  const client = new OpenAI({ apiKey, baseURL });
  const responses = new OpenAIResponsesModel(client, model);
  const weather = tool({
    name: 'weather',
    description: 'The weather of a city',
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => `sunny in ${city}`,
  });
  const agent = new Agent({ name: 'Alice', model: responses, tools: [weather] });

  it('goes on with its history', async () => {
    const first = await run(agent, 'one');
    const second = await run(agent, [...first.history, user('two')]);
    assert.equal(second.finalOutput, 'You said: two');
    assert.equal((await told()).length, 3);
  });

  it('calls a tool and goes on', async () => {
    await callTheTool();
    const { finalOutput } = await run(agent, 'Weather?');
    assert.match(finalOutput, /You said/);
    assert.match(JSON.stringify(await told()), /sunny in Beijing/);
  });

  it('streams', async () => {
    const stream = await run(agent, 'hello', { stream: true });
    let text = '';
    for await (const piece of stream.toTextStream({ compatibleWithNodeStreams: true }))
      text += piece;
    await stream.completed;
    assert.equal(text, 'You said: hello');
  });

  describe('with a session in a conversation', () => {
    it('goes on with all that was said and called in it', async () => {
      const session = new OpenAIConversationsSession({ client });
      await callTheTool();
      await run(agent, 'Weather?', { session });
      const { finalOutput } = await run(agent, 'two', { session });
      assert.equal(finalOutput, 'You said: two');
      assert.match(JSON.stringify(await told()), /Weather\?.*sunny in Beijing.*You said.*two/);
      const kinds = (await session.getItems()).map(({ type, role }) => role ?? type);
      assert.deepEqual(
        kinds.filter((kind) => kind !== 'reasoning'),
        ['user', 'function_call', 'function_call_result', 'assistant', 'user', 'assistant'],
      );
    });

    it('streams, takes its last item back, and forgets', async () => {
      const session = new OpenAIConversationsSession({ client });
      const stream = await run(agent, 'one', { session, stream: true });
      await stream.completed;
      assert.equal(stream.finalOutput, 'You said: one');
      const popped = await session.popItem();
      assert.equal(popped.role, 'assistant');
      const again = new OpenAIConversationsSession({
        client,
        conversationId: await session.getSessionId(),
      });
      await run(agent, 'two', { session: again });
      const said = (await told()).map(({ role, content }) => `${role}: ${content}`);
      assert.deepEqual(said, ['user: one', 'user: two']);
      const { sessionId } = session;
      await session.clearSession();
      await assert.rejects(client.conversations.retrieve(sessionId), OpenAI.NotFoundError);
    });
  });
});
