import OpenAI from 'openai';
import type { Behaviour } from '../../tools/simulator/behaviour.js';
import { allCalls, model, type Call, type Options, type Scene } from './acceptance-calls.js';
import { setUpstreamLimits } from '../support/upstream-limits.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

const adminToken = 'admin-token-of-some-length';
const messages = [{ role: 'user' as const, content: 'hello' }];
/** One of the client's. */
type ErrorClass = new (...values: never[]) => Error;

const nothing: Scene = { conversation: 'conv_none', item: 'msg_none', response: 'resp_none' };
let service: OpenAiService;
let scene: Scene;

afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService({ ADMIN_TOKEN: adminToken, ...variables });
}

/** A new conversation with one turn, long after whatever other tests did to the keys. */
async function setTheScene(): Promise<void> {
  service.simulator.reset();
  service.clock.advance(600_000);
  const { conversations, responses } = service.client;
  const { id: conversation } = await conversations.create();
  const { id: response } = await responses.create({ model, input: 'hello', conversation });
  const { data } = await conversations.items.list(conversation, { order: 'asc' });
  scene = { conversation, item: data[0]?.id ?? '', response };
  service.simulator.reset();
}

/** The calls of the table with these names. */
function callsNamed(...names: string[]): [string, Call][] {
  return names.map((name) => {
    const call = allCalls.find((candidate) => candidate.name === name);
    if (!call) throw new Error(`There is no call '${name}'`);
    return [name, call];
  });
}

/** What a call of the client fails with, and how often it was sent. */
async function failureOf(send: (client: OpenAI) => Promise<unknown>, client = service.client) {
  const before = service.checked.sent;
  const error: unknown = await send(client).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, sent: service.checked.sent - before };
}

function failureOfCall(call: Call, options: Options = {}, about = scene) {
  return failureOf((client) => call.run(client, about, options));
}

const plainAndStreamed = callsNamed(
  'chat.completions.create',
  'chat.completions.stream',
  'responses.create in a conversation',
  'responses.create, streamed',
);

const failures: [string, Behaviour, ErrorClass, number, { retried: boolean }][] = [
  ['a refusal', { status: 400 }, OpenAI.BadRequestError, 400, { retried: false }],
  ['another refusal', { status: 422 }, OpenAI.BadRequestError, 400, { retried: false }],
  [
    'supply that is exhausted for longer than a client should wait',
    { status: 429, headers: { 'retry-after': '120' } },
    OpenAI.RateLimitError,
    429,
    { retried: false },
  ],
  ['a fault', { status: 503 }, OpenAI.InternalServerError, 502, { retried: true }],
  ['a reset', { resetConnection: true }, OpenAI.InternalServerError, 502, { retried: true }],
  [
    'a cut',
    { cutAfterPieces: 0, cutPlainBodyAfterBytes: 9 },
    OpenAI.InternalServerError,
    502,
    { retried: true },
  ],
  ['no JSON', { rawBody: 'data: <html>' }, OpenAI.InternalServerError, 502, { retried: true }],
  ['silence', { neverAnswer: true }, OpenAI.InternalServerError, 504, { retried: true }],
];

const silenceLimits = {
  UPSTREAM_FIRST_BYTE_TIMEOUT_MS: '100',
  UPSTREAM_CALL_TIMEOUT_MS: '200',
};

describe.each([
  ['simple', 'chat-completions'],
  ['normal', 'chat-completions'],
  ['simple', 'responses'],
])('a failure of the upstream with AUTH_MODE=%s and UPSTREAM_DIALECT=%s', (mode, dialect) => {
  beforeAll(() => start({ AUTH_MODE: mode, UPSTREAM_DIALECT: dialect }));
  afterAll(() => service.close());
  beforeEach(setTheScene);

  describe.each(failures)('%s', (_, behaviour, errorClass, status, { retried }) => {
    it.each(plainAndStreamed)('has its class and its retries: %s', async (_name, call) => {
      service.simulator.behave(behaviour);
      // Nothing but silence comes within them.
      if (behaviour.neverAnswer) setUpstreamLimits(service, silenceLimits);
      const { error, sent } = await failureOfCall(call, { maxRetries: 1 }).finally(() => {
        setUpstreamLimits(service, {});
      });
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ status, requestID: expect.stringMatching(/^req_/) as string });
      expect(sent).toBe(retried ? 2 : 1);
      service.simulator.reset();
      service.clock.advance(600_000);
      // Nothing of it was kept: the conversation has its one turn, and goes on.
      const { conversations } = service.client;
      expect(await collect(conversations.items.list(scene.conversation))).toHaveLength(2);
      expect([await call.run(service.client, scene)]).toMatchObject([call.like]);
    });
  });

  it('is sent three times by the client as it comes', async () => {
    service.simulator.behave({ status: 500 });
    const { error, sent } = await failureOfCall(plainAndStreamed[0]![1]);
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(sent).toBe(3);
  });

  it('is a 404 for a model that nobody has', async () => {
    service.simulator.behave({ status: 404 });
    const sends = [
      (client: OpenAI) => client.chat.completions.create({ model: 'none', messages }),
      (client: OpenAI) => client.responses.create({ model: 'none', input: 'x' }),
      (client: OpenAI) => client.models.retrieve('none'),
    ];
    for (const send of sends) {
      const { error, sent } = await failureOf(send);
      expect(error).toBeInstanceOf(OpenAI.NotFoundError);
      expect(error).toMatchObject({ code: 'model_not_found', param: 'model' });
      expect(sent).toBe(1);
    }
  });

  it('in the middle of a stream is an error or a failed response, sent once', async () => {
    service.simulator.behave({ answer: ['one', 'two'], cutAfterPieces: 1 });
    for (const [, call] of callsNamed(
      'chat.completions.create, streamed with its usage',
      'chat.completions.stream',
      'completions.create, streamed',
    )) {
      const { error, sent } = await failureOfCall(call);
      expect(error).toBeInstanceOf(OpenAI.APIError);
      expect(error).toMatchObject({ type: 'server_error', code: 'failed' });
      expect(sent).toBe(1);
    }
    const [[, streamed]] = callsNamed('responses.create, streamed') as [[string, Call]];
    expect(await streamed.run(service.client, scene)).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          type: 'response.failed',
          response: expect.objectContaining({
            status: 'failed',
            error: expect.objectContaining({ code: 'server_error' }) as unknown,
          }) as unknown,
        }),
      ]) as object,
    );
  });
});

describe.each(['simple', 'normal'])('a refusal of the service with AUTH_MODE=%s', (mode) => {
  beforeAll(() => start({ AUTH_MODE: mode }));
  afterAll(() => service.close());
  beforeEach(setTheScene);

  it.each(
    callsNamed(
      'conversations.retrieve',
      'conversations.update',
      'conversations.delete',
      'conversations.items.create',
      'conversations.items.list, page by page',
      'conversations.items.retrieve',
      'conversations.items.delete',
      'responses.create in a conversation',
      'responses.create, streamed',
      'responses.retrieve',
      'responses.delete',
      'responses.inputItems.list',
      'a fork',
      'a rollback',
      'a regeneration',
    ),
  )('of what does not exist is a NotFoundError: %s', async (_, call) => {
    const { error, sent } = await failureOfCall(call, {}, nothing);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ type: 'invalid_request_error' });
    expect(sent).toBe(1);
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('of a previous response that does not exist names the field', async () => {
    const [[, call]] = callsNamed('responses.create on a response') as [[string, Call]];
    const { error, sent } = await failureOfCall(call, {}, nothing);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param: 'previous_response_id' });
    expect(sent).toBe(1);
  });

  it.each(
    callsNamed(
      'responses.create in a conversation',
      'responses.create, streamed',
      'a regeneration',
      'a rollback',
      'conversations.delete',
      'conversations.items.create',
      'conversations.items.delete',
    ),
  )('while a turn runs is a BadRequestError, sent once: %s', async (_, call) => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const { conversation } = scene;
    const running = service.client.responses.create({ model, input: 'x', conversation });
    await service.simulator.waitForCalls(1);
    const { error, sent } = await failureOfCall(call);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: 'conversation_locked', param: 'conversation' });
    expect(sent).toBe(1);
    service.simulator.release();
    expect((await running).status).toBe('completed');
  });

  it.each<[string, string, (client: OpenAI) => Promise<unknown>]>([
    [
      'model',
      'a model that is no text',
      (it) => it.post('/chat/completions', { body: { model: 1 } }),
    ],
    ['input', 'an input of another kind', (it) => it.post('/responses', { body: { input: 1 } })],
    [
      'previous_response_id',
      'two grounds',
      (it) => it.responses.create({ input: 'x', conversation: 'a', previous_response_id: 'b' }),
    ],
    [
      'tools[0].type',
      'a hosted tool',
      (it) => it.responses.create({ input: 'x', tools: [{ type: 'web_search' }] }),
    ],
    [
      'max_output_tokens',
      'too few tokens',
      (it) => it.responses.create({ input: 'x', max_output_tokens: 1 }),
    ],
    [
      'metadata',
      'metadata of another kind',
      (it) => it.post('/conversations', { body: { metadata: 1 } }),
    ],
    [
      'items',
      'too many items',
      (it) => it.conversations.create({ items: Array.from({ length: 21 }, () => messages[0]!) }),
    ],
    [
      'limit',
      'a limit of nothing',
      (it) => it.conversations.items.list(scene.conversation, { limit: 0 }),
    ],
  ])('of a wrong field names it: %s, %s', async (param, _, send) => {
    const { error, sent } = await failureOf(send);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ param, type: 'invalid_request_error' });
    expect(sent).toBe(1);
    expect(service.simulator.totalCalls).toBe(0);
  });

  it('of an unknown path, a large body and a list of all has a class each', async () => {
    const large = { model, input: 'x'.repeat(20_971_520) };
    const refused: [ErrorClass, (client: OpenAI) => Promise<unknown>][] = [
      [OpenAI.NotFoundError, (client) => client.files.list()],
      [OpenAI.PermissionDeniedError, (client) => client.get('/conversations')],
      [OpenAI.APIError, (client) => client.embeddings.create(large)],
    ];
    for (const [errorClass, send] of refused) {
      const { error, sent } = await failureOf(send);
      expect(error).toBeInstanceOf(errorClass);
      expect(error).toMatchObject({ requestID: expect.any(String) as string });
      expect(sent).toBe(1);
    }
  });

  it('of a key that runs is a ConflictError that is tried again', async () => {
    service.simulator.behave({ holdBeforeAnswer: true });
    const options = { headers: { 'Idempotency-Key': scene.conversation }, maxRetries: 1 };
    const send = (client: OpenAI) => client.responses.create({ model, input: 'x' }, options);
    const running = send(service.client);
    await service.simulator.waitForCalls(1);
    const { error, sent } = await failureOf(send);
    expect(error).toBeInstanceOf(OpenAI.ConflictError);
    expect(sent).toBe(2);
    service.simulator.release();
    await running;
  });

  it('of an answer too large to be sent again is an UnprocessableEntityError', async () => {
    service.simulator.behave({ answer: 'x'.repeat(1_100_000) });
    const options = { headers: { 'Idempotency-Key': scene.conversation } };
    const send = (client: OpenAI) => client.chat.completions.create({ model, messages }, options);
    await send(service.client);
    const { error, sent } = await failureOf(send);
    expect(error).toBeInstanceOf(OpenAI.UnprocessableEntityError);
    expect(error).toMatchObject({ code: 'idempotency_answer_too_large' });
    expect(sent).toBe(1);
    expect(service.simulator.totalCalls).toBe(1);
  });

  it('that takes too long is an APIConnectionTimeoutError, and the upstream is left', async () => {
    service.simulator.behave({ neverAnswer: true });
    const options = { timeout: 300, maxRetries: 0 };
    const { error, sent } = await failureOf((client) =>
      client.responses.create({ model, input: 'x' }, options),
    );
    expect(error).toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
    expect(sent).toBe(1);
    await service.simulator.waitForOutcome(0, 'left');
  });
});

describe('a service over its own limit', () => {
  beforeAll(() => start({ RATE_LIMIT_PER_MINUTE: '1' }));
  afterAll(() => service.close());

  it.each(plainAndStreamed)('is a RateLimitError: %s', async (_, call) => {
    service.clock.advance(60_000);
    await service.client.chat.completions.create({ model, messages });
    const { id: conversation } = await service.client.conversations.create();
    const about = { ...nothing, conversation };
    const { error } = await failureOfCall(call, { maxRetries: 0 }, about);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    const { headers } = error as InstanceType<typeof OpenAI.RateLimitError>;
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    // This one is worth waiting for.
    expect(headers.get('x-should-retry')).toBeNull();
  });
});

describe('a service', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it.each(plainAndStreamed)('without a usable key is an error sent once: %s', async (_, call) => {
    const { id: conversation } = await service.client.conversations.create();
    service.simulator.behave({ status: 401 });
    const { error, sent } = await failureOfCall(call, {}, { ...nothing, conversation });
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(error).toMatchObject({ code: 'rejects_all' });
    expect(sent).toBe(1);
  });

  it('that is gone is an APIConnectionError', async () => {
    const gone = service.clientWith({ baseURL: 'http://127.0.0.1:1/v1' });
    for (const [, call] of allCalls.map((one) => [one.name, one] as const).slice(0, 3)) {
      const { error, sent } = await failureOf(
        (client) => call.run(client, nothing, { maxRetries: 1 }),
        gone,
      );
      expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
      expect(sent).toBe(2);
    }
  });
});
