import OpenAI from 'openai';
import { token } from '../support/service.js';
import { until } from '../support/until.js';
import {
  allCalls,
  model,
  plainModelCalls,
  streamedModelCalls,
  type Call,
  type Scene,
} from './acceptance-calls.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const adminToken = 'admin-token-of-some-length';
/** What the Responses API has no words for, which is a 400. */
const unlike = new Set(['chat.completions.create with everything']);
const modelCalls = [...plainModelCalls, ...streamedModelCalls];
let service: OpenAiService;
/** Strangers are not told whether there is such a thing. */
let scene: Scene = { conversation: 'conv_none', item: 'msg_none', response: 'resp_none' };

/** As jest titles want it. */
function named(calls: readonly Call[]): [string, Call][] {
  return calls.map((call) => [call.name, call]);
}

async function start(variables: Record<string, string>): Promise<void> {
  service = await startOpenAiService({ ADMIN_TOKEN: adminToken, ...variables });
}

/** A conversation and a response that a call can be about; afterwards nothing was asked yet. */
async function setTheScene(): Promise<void> {
  const { conversations, responses } = service.client;
  const { id: conversation } = await conversations.create();
  await responses.create({ model, input: 'hello', conversation });
  const { data } = await conversations.items.list(conversation, { order: 'asc' });
  const { id: response } = await responses.create({ model, input: 'hello' });
  scene = { conversation, item: data[0]?.id ?? '', response };
  service.simulator.reset();
}

/** What a call fails with, and how often the client sent it. */
async function failureOf(call: Call, client = service.client, options = {}) {
  const before = service.checked.sent;
  const error: unknown = await call.run(client, scene, options).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, sent: service.checked.sent - before };
}

describe.each([
  ['simple', 'chat-completions'],
  ['normal', 'chat-completions'],
  ['simple', 'responses'],
])('the official client with AUTH_MODE=%s and UPSTREAM_DIALECT=%s', (mode, dialect) => {
  const isTaken = ({ name }: Call): boolean => dialect !== 'responses' || !unlike.has(name);
  const all = named(allCalls.filter(isTaken));
  const ofModels = named(modelCalls.filter(isTaken));

  beforeAll(() => start({ AUTH_MODE: mode, UPSTREAM_DIALECT: dialect }));
  afterAll(() => service.close());
  afterEach(() => {
    service.expectNoFaults();
    service.simulator.reset();
  });

  it.each(all)('is turned away without the token: %s', async (_, call) => {
    const stranger = new OpenAI({
      baseURL: service.client.baseURL,
      apiKey: 'wrong',
      fetch: service.checked.fetch,
    });
    const { error, sent } = await failureOf(call, stranger);
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect((error as Error).message).not.toContain(token);
    expect(sent).toBe(1);
    expect(service.simulator.totalCalls).toBe(0);
  });

  describe('about what is there', () => {
    beforeEach(setTheScene);

    it.each(all)('is answered: %s', async (_, call) => {
      const { sent } = service.checked;
      const answer = await call.run(service.client, scene);
      expect([answer]).toMatchObject([call.like]);
      // None of them was sent twice; lists are as many as they have pages.
      expect(service.checked.sent - sent).toBeLessThanOrEqual(call.name.includes('page') ? 2 : 1);
    });

    it('lists conversations, with the admin\u2019s token', async () => {
      const admin = new OpenAI({
        baseURL: service.client.baseURL,
        apiKey: adminToken,
        fetch: service.checked.fetch,
      });
      const page = await admin.get('/conversations', { query: { limit: 1 } });
      expect(page).toMatchObject({ object: 'list', data: [{ id: scene.conversation }] });
    });

    it.each(ofModels)('is tried again by the client after a fault: %s', async (_, call) => {
      service.simulator.behave({ status: 500, times: 3 });
      const { sent } = service.checked;
      const answer = await call.run(service.client, scene);
      expect(answer).not.toBeNull();
      expect(service.checked.sent - sent).toBe(2);
      expect(service.simulator.totalCalls).toBe(4);
    });

    it.each(ofModels)('ends its upstream call when it is aborted: %s', async (_, call) => {
      service.simulator.behave({ holdBeforeAnswer: true });
      const leaving = new AbortController();
      const failure = failureOf(call, service.client, { signal: leaving.signal });
      await service.simulator.waitForCalls(1);
      leaving.abort();
      const { error, sent } = await failure;
      expect(error).toBeInstanceOf(OpenAI.APIUserAbortError);
      expect(sent).toBe(1);
      await service.simulator.waitForOutcome(0, 'left');
      service.simulator.reset();
      await until('its conversation is free', async () => {
        const { status } = await service.client.responses
          .create({ model, input: 'next', conversation: scene.conversation }, { maxRetries: 0 })
          .catch(() => ({ status: 'failed' }));
        return status === 'completed';
      });
    });

    it.each(named(streamedModelCalls))(
      'is whole, however its stream is cut: %s',
      async (_, call) => {
        const answer = ['You said: ', '梦', '想 ', '\u{1F3D4}', '\r', '\nend'];
        service.simulator.behave({ answer });
        const uncut = textOf(await call.run(service.client, scene));
        for (const sliceBytes of [1, 3, 17]) {
          service.simulator.behave({ answer, sliceBytes });
          service.checked.sliceBytes = sliceBytes;
          expect(textOf(await call.run(service.client, scene))).toBe(uncut);
        }
        service.checked.sliceBytes = null;
        expect(uncut).toContain('梦想 \u{1F3D4}');
      },
    );

    it('is served 50 times at once', async () => {
      const calls = Array.from({ length: 50 }, (_, index) =>
        index % 2 === 0
          ? service.client.responses.create({ model, input: `call ${index}` })
          : service.client.conversations.create({ metadata: { call: String(index) } }),
      );
      const answers = await Promise.all(calls);
      expect(
        answers.map((answer) => ('output_text' in answer ? answer.output_text : answer.metadata)),
      ).toEqual(
        answers.map((_, index) =>
          index % 2 === 0 ? `You said: call ${index}` : { call: String(index) },
        ),
      );
    });
  });
});

/** All that was said, in whatever shape it came. */
function textOf(answer: unknown): string {
  if (typeof answer === 'string') return answer;
  const pieces = Array.isArray(answer) ? (answer as unknown[]) : [answer];
  return pieces.map(pieceOf).join('');
}

function pieceOf(piece: unknown): string {
  const {
    type,
    delta,
    choices,
    output_text: whole,
  } = piece as {
    type?: string;
    delta?: string;
    choices?: { text?: string; delta?: { content?: string } }[];
    output_text?: string;
  };
  if (choices) return choices.map((choice) => choice.text ?? choice.delta?.content ?? '').join('');
  return whole ?? (type === 'response.output_text.delta' ? (delta ?? '') : '');
}
