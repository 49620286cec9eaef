import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Agent } from '@mastra/core/agent';
import { createTool } from '@mastra/core/tools';
import { createOpenAI } from '@ai-sdk/openai';
import { z } from 'zod';
import { apiKey, baseURL, callTheTool, model, reset, told } from './alice.mjs';

beforeEach(reset);

const weather = createTool({
  id: 'weather',
  description: 'The weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => Promise.resolve(`sunny in ${city}`),
});

for (const [name, asked] of [
  ['its own OpenAI-compatible models', { id: `custom/${model}`, url: baseURL, apiKey }],
  ['the models of the AI SDK', createOpenAI({ baseURL, apiKey })(model)],
])
  describe(`Mastra with ${name}`, () => {
    const agent = new Agent({
      id: 'alice',
      name: 'Alice',
      instructions: 'Be kind.',
      model: asked,
      tools: { weather },
    });

    it('goes on with its messages', async () => {
      const { text } = await agent.generate([
        { role: 'user', content: 'one' },
        { role: 'assistant', content: 'You said: one' },
        { role: 'user', content: 'two' },
      ]);
      assert.equal(text, 'You said: two');
      const [prompt, ...said] = await told();
      assert.equal(prompt.content, 'Be kind.');
      assert.deepEqual(
        said.map(({ role, content }) => [role, content]),
        [
          ['user', 'one'],
          ['assistant', 'You said: one'],
          ['user', 'two'],
        ],
      );
    });

    it('streams', async () => {
      const { textStream } = await agent.stream('hello');
      let text = '';
      for await (const piece of textStream) text += piece;
      assert.equal(text, 'You said: hello');
    });

    it('calls a tool and goes on', async () => {
      await callTheTool();
      const { steps } = await agent.generate('Weather?', { maxSteps: 2 });
      assert.equal(steps.length, 2);
      const last = (await told()).at(-1);
      assert.equal(last.role, 'tool');
      assert.match(last.content, /sunny in Beijing/);
    });
  });
