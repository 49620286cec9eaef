import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Agent, OpenAIResponsesModel, run, setTracingDisabled, tool, user } from '@openai/agents';
import OpenAI from 'openai';
import { z } from 'zod';
import { apiKey, baseURL, callTheTool, model, reset, told } from './alice.mjs';

setTracingDisabled(true);
beforeEach(reset);

describe('OpenAI Agents', () => {
  const responses = new OpenAIResponsesModel(new OpenAI({ apiKey, baseURL }), model);
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
});
