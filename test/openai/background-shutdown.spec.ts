import type * as timers from 'node:timers/promises';
import type OpenAI from 'openai';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

// The grace is a fixed rule; only its length is made short here.
jest.mock('node:timers/promises', () => {
  const actual = jest.requireActual<typeof timers>('node:timers/promises');
  return {
    ...actual,
    setTimeout: (ms: number, ...rest: [unknown, { signal?: AbortSignal }?]) =>
      actual.setTimeout(ms === 25_000 ? graceMs : ms, ...rest),
  };
});

const model = 'gpt-6-luna';
let graceMs = 25_000;
let staying: OpenAiService;
let stopping: OpenAiService;
let client: OpenAI;

beforeEach(async () => {
  graceMs = 25_000;
  staying = await startOpenAiService();
  stopping = await startOpenAiService({}, staying.folder);
  ({ client } = staying);
});
afterEach(async () => {
  await stopping.simulator.close();
  stopping.expectNoFaults();
  staying.expectNoFaults();
  await staying.close();
});

describe('a service that stops', () => {
  it('lets a response in the background finish', async () => {
    stopping.simulator.behave({ holdBeforeAnswer: true });
    const { id } = await stopping.client.responses.create({ model, input: 'x', background: true });
    await stopping.simulator.waitForCalls(1);
    const stopped = stopping.app.close();
    expect((await client.responses.retrieve(id)).status).toBe('in_progress');
    stopping.simulator.release();
    await stopped;
    expect(await client.responses.retrieve(id)).toMatchObject({
      status: 'completed',
      output_text: 'You said: x',
    });
  });

  it('ends it as failed after the grace, tells who follows it and frees the conversation', async () => {
    graceMs = 100;
    const { id: conversation } = await client.conversations.create();
    stopping.simulator.behave({ answer: ['a', 'b'], holdAfterPieces: 1 });
    const reading = stopping.client.responses
      .create({ model, input: 'x', background: true, stream: true, conversation })
      .then((stream) => collect<OpenAI.Responses.ResponseStreamEvent>(stream));
    await stopping.simulator.waitForCalls(1);
    await stopping.app.close();
    const last = (await reading).at(-1) as OpenAI.Responses.ResponseFailedEvent;
    expect(last).toMatchObject({ type: 'response.failed', response: { status: 'failed' } });
    const { id } = last.response;
    expect(await client.responses.retrieve(id)).toMatchObject({
      status: 'failed',
      error: { code: 'server_error' },
    });
    const next = await client.responses.create({ model, input: 'next', conversation });
    expect(next.status).toBe('completed');
  });
});
