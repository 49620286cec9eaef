import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import * as openai6 from '@ai-sdk/openai-6';
import * as openai7 from '@ai-sdk/openai';
import * as ai6 from 'ai-6';
import * as ai7 from 'ai';
import { z } from 'zod';
import { apiKey, baseURL, callTheTool, model, reset, told } from './alice.mjs';

beforeEach(reset);

for (const [name, ai, { createOpenAI }] of [
  ['AI SDK 6', ai6, openai6],
  ['AI SDK 7', ai7, openai7],
]) {
  const { generateText, stepCountIs, isStepCount, streamText, tool } = ai;
  const openai = createOpenAI({ baseURL, apiKey });
  const weather = tool({
    description: 'The weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: ({ city }) => `sunny in ${city}`,
  });
  const upTo = (count) => (isStepCount ?? stepCountIs)(count);

  describe(name, () => {
    it('goes on with the messages of its answer, which it sends as references', async () => {
      const messages = [{ role: 'user', content: 'My name is Eve' }];
      const first = await generateText({ model: openai(model), messages });
      messages.push(...(first.responseMessages ?? first.response.messages), {
        role: 'user',
        content: 'What is my name?',
      });
      const second = await generateText({ model: openai(model), messages });
      assert.equal(second.text, 'You said: What is my name?');
      assert.deepEqual(await told(), [
        { role: 'user', content: 'My name is Eve' },
        { role: 'assistant', content: 'You said: My name is Eve' },
        { role: 'user', content: 'What is my name?' },
      ]);
    });

    it('streams', async () => {
      const { textStream } = streamText({ model: openai(model), prompt: 'hello' });
      let text = '';
      for await (const piece of textStream) text += piece;
      assert.equal(text, 'You said: hello');
    });

    it('calls a tool and goes on', async () => {
      await callTheTool();
      const { steps } = await generateText({
        model: openai(model),
        prompt: 'Weather?',
        tools: { weather },
        stopWhen: upTo(2),
      });
      assert.equal(steps.length, 2);
      const last = (await told()).at(-1);
      assert.equal(last.role, 'tool');
      assert.match(last.content, /sunny in Beijing/);
    });

    it('asks with an effort, and sends a file', async () => {
      await generateText({
        model: openai(model),
        providerOptions: { openai: { reasoningEffort: 'low', reasoningSummary: 'auto' } },
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What?' },
              { type: 'file', mediaType: 'application/pdf', data: Buffer.from('%PDF-') },
            ],
          },
        ],
      });
      const [{ content }] = await told();
      assert.equal(content[1].type, 'file');
    });
  });
}
