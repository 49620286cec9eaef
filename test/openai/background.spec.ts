import OpenAI from 'openai';
import fc from 'fast-check';
import { ResponseEvents } from '../../src/responses/events/response-events.js';
import { AbandonedResponsesTask } from '../../src/responses/abandoned-responses.task.js';
import { ResponsesRepository } from '../../src/responses/responses.repository.js';
import { Database } from '../../src/platform/database/database.js';
import { InFlightCalls } from '../../src/platform/lifecycle/in-flight-calls.js';
import { countRows, write } from '../support/database-file.js';
import { query, storedClaim } from '../support/stored.js';
import { until } from '../support/until.js';
import { collect } from './collect.js';
import { startOpenAiService, type OpenAiService } from './openai-service.js';

type Event = OpenAI.Responses.ResponseStreamEvent;

const model = 'gpt-6-luna';
const leaseMs = 30_000;
/** Said to the first word of a stream and no further. */
const held = { answer: ['one ', 'two'], holdAfterPieces: 1 };
/** Silent. */
const silent = { holdBeforeAnswer: true };
let service: OpenAiService;
let client: OpenAI;

async function start(variables: Record<string, string> = {}): Promise<void> {
  service = await startOpenAiService(variables);
  ({ client } = service);
}

afterEach(() => {
  service.expectNoFaults();
  service.simulator.reset();
});

/** What still runs would be waited for. */
function closeReleased(): Promise<void> {
  service.simulator.reset();
  return service.close();
}

/** Begins a response that nobody waits for. */
function begin(fields: object = {}) {
  return client.responses.create({ model, input: 'hello', background: true, ...fields });
}

function beginStream(fields: object = {}) {
  return client.responses.create({
    model,
    input: 'hello',
    background: true,
    stream: true,
    ...fields,
  });
}

/** Follows a response behind a number. */
function resume(id: string, startingAfter: number) {
  return client.responses.retrieve(id, { stream: true, starting_after: startingAfter });
}

/** Lets the upstream go on where it is held, also if it comes there only later. */
async function released<Result>(work: Promise<Result>): Promise<Result> {
  const releases = setInterval(() => {
    service.simulator.release();
  }, 5);
  try {
    return await work;
  } finally {
    clearInterval(releases);
  }
}

/** So many events, then the connection is dropped. */
async function read(stream: AsyncIterable<Event>, count: number): Promise<Event[]> {
  const events: Event[] = [];
  for await (const event of stream) if (events.push(event) === count) break;
  return events;
}

function idIn([first]: Event[]): string {
  return (first as OpenAI.Responses.ResponseCreatedEvent).response.id;
}

function responseIn(event: Event | undefined): OpenAI.Responses.Response {
  return (event as OpenAI.Responses.ResponseCompletedEvent).response;
}

/** Every event of a response from the first to the last, each once. */
function expectWhole(events: Event[], status = 'completed'): void {
  expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, n) => n));
  expect(events[0]?.type).toBe('response.created');
  expect(responseIn(events.at(-1))).toMatchObject({ status, background: true });
}

function untilEnded(id: string, by = client): Promise<OpenAI.Responses.Response> {
  let response: OpenAI.Responses.Response | null = null;
  return until('the response has ended', async () => {
    response = await by.responses.retrieve(id);
    return response.status !== 'in_progress';
  }).then(() => response!);
}

function itemsOf(id: string) {
  return collect(client.conversations.items.list(id, { order: 'asc' }));
}

function storedStatus(id: string): string | undefined {
  const sql = 'SELECT status FROM responses WHERE id = ?';
  return query<{ status: string }>(service.databaseFile, sql, id)[0]?.status;
}

describe.each(['simple', 'normal'])('in the background with AUTH_MODE=%s', (mode) => {
  beforeAll(() => start({ AUTH_MODE: mode }));
  afterAll(() => service.close());

  it('a response is answered at once, and is there when it is done', async () => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave({ holdBeforeAnswer: true });
    const begun = await begin({ conversation });
    expect(begun).toMatchObject({ status: 'in_progress', background: true, output: [] });
    await service.simulator.waitForCalls(1);
    expect(await client.responses.retrieve(begun.id)).toEqual({ ...begun, output_text: '' });
    expect(await collect(client.responses.inputItems.list(begun.id))).toHaveLength(1);
    expect(await itemsOf(conversation)).toEqual([]);
    await expect(
      client.responses.create({ model, input: 'meanwhile', conversation }),
    ).rejects.toMatchObject({ status: 400, code: 'conversation_locked' });
    service.simulator.release();
    const response = await untilEnded(begun.id);
    expect(response).toMatchObject({ status: 'completed', output_text: 'You said: hello' });
    expect(response.created_at).toBe(begun.created_at);
    expect(await itemsOf(conversation)).toHaveLength(2);
    const events = await collect<Event>(
      await client.responses.retrieve(begun.id, { stream: true }),
    );
    expect(responseIn(events.at(-1))).toMatchObject({ id: begun.id, status: 'completed' });
  });

  it('a stream goes on when its caller leaves, and is resumed behind any event', async () => {
    const { id: conversation } = await client.conversations.create();
    let turns = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        fc.nat({ max: 6 }),
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
        async (answer, holdAfterPieces, cuts) => {
          const text = answer.map((piece) => `${piece}.`);
          service.simulator.behave({ answer: text, holdAfterPieces, times: 1 });
          // What comes before anything is said may be all that comes until it goes on.
          const [first = 1, ...others] = cuts;
          const events = await read(await beginStream({ conversation }), Math.min(first, 2));
          const id = idIn(events);
          for (const count of [...others, Number.POSITIVE_INFINITY]) {
            const next = await released(
              resume(id, events.length - 1).then((rest) => read(rest, count)),
            );
            events.push(...next);
          }
          expectWhole(events);
          turns += 1;
          expect(responseIn(events.at(-1)).output).toEqual(
            (await client.responses.retrieve(id)).output,
          );
          expect(await itemsOf(conversation).then(({ length }) => length)).toBe(2 * turns);
        },
      ),
      { numRuns: 12 },
    );
  });

  it('a stream is followed by several at once, also from before its first word', async () => {
    service.simulator.behave({ answer: ['a', 'b', 'c'], holdAfterPieces: 2 });
    const creator = await beginStream();
    const [created] = await read(creator, 1);
    const id = idIn([created!]);
    const readers = [resume(id, 0), resume(id, 0), client.responses.retrieve(id, { stream: true })];
    const reading = readers.map(async (reader) => collect<Event>(await reader));
    const [one, other, whole] = await released(Promise.all(reading));
    expectWhole([created!, ...one!]);
    expect(other).toEqual(one);
    expect(whole).toEqual([created, ...one!]);
  });
});

describe('the events of a response in the background', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('come with the headers of a stream', async () => {
    const { id } = await begin();
    await untilEnded(id);
    const { response } = await client.responses
      .retrieve(id, { stream: true, starting_after: 0 })
      .withResponse();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(response.headers.get('x-accel-buffering')).toBe('no');
    await response.body?.cancel();
  });

  it('serve the stream helper, from the start and behind an event', async () => {
    const helper = client.responses.stream({ model, input: 'hello', background: true });
    const response = await helper.finalResponse();
    expect(response).toMatchObject({ status: 'completed', background: true });
    const again = client.responses.stream({ response_id: response.id, starting_after: 3 });
    expect((await again.finalResponse()).output_text).toBe('You said: hello');
  });

  it('are none behind the last one', async () => {
    const events = await collect(await beginStream());
    expectWhole(events);
    expect(await collect(await resume(idIn(events), events.length - 1))).toEqual([]);
    expect(await collect(await resume(idIn(events), events.length + 10))).toEqual([]);
  });

  it('are lost an hour after the end, and the response is not', async () => {
    const events = await collect(await beginStream());
    const id = idIn(events);
    service.clock.advance(3_500_000);
    expect(await collect(await resume(id, 2))).toEqual(events.slice(3));
    service.clock.advance(100_001);
    await expect(resume(id, 2)).rejects.toMatchObject({
      status: 404,
      code: 'events_lost',
      message: expect.stringContaining('can still be retrieved') as string,
    });
    expect(await client.responses.retrieve(id)).toMatchObject({ status: 'completed' });
  });

  it('are lost where they are over 4 MiB, and the newest are not', async () => {
    service.simulator.behave({ pieces: 60, pieceBytes: 20_000 });
    const { id } = await begin({ stream: false });
    const { output_text: text } = await untilEnded(id);
    expect(text).toHaveLength(1_200_000);
    await expect(resume(id, 0)).rejects.toMatchObject({ status: 404 });
    const last = await client.responses.retrieve(id);
    expect(last.status).toBe('completed');
    expect(last.output_text).toBe(text);
  });

  it('are only of responses in the background', async () => {
    const { id } = await client.responses.create({ model, input: 'hello' });
    await expect(resume(id, 0)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('background: true') as string,
    });
    await expect(resume('resp_none', 0)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it.each([
    ['starting_after', { stream: true, starting_after: 'x' }],
    ['starting_after', { stream: true, starting_after: -1 }],
    ['stream', { stream: 'maybe' }],
  ])('are not told for a bad %s', async (param, params) => {
    const { id } = await begin();
    await untilEnded(id);
    await expect(client.get(`/responses/${id}`, { query: params })).rejects.toMatchObject({
      status: 400,
      param,
    });
  });

  it('end with a failure, which was an answer before its first word otherwise', async () => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave({ status: 400, error: { message: 'No.' }, times: 1 });
    const events = await collect(await beginStream({ conversation }));
    expectWhole(events, 'failed');
    expect(events.at(-1)?.type).toBe('response.failed');
    const failed = await client.responses.retrieve(idIn(events));
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect(failed.error?.message).toContain('No.');
    expect(await itemsOf(conversation)).toEqual([]);
    const next = await client.responses.create({ model, input: 'x', conversation });
    expect(next.status).toBe('completed');
  });

  it('say in the metadata what was left out of the history', async () => {
    const { id: conversation } = await client.conversations.create();
    const question = 'word '.repeat(60_000);
    for (let turn = 0; turn < 3; turn += 1) {
      const items = [
        { role: 'user' as const, content: question },
        { role: 'assistant' as const, content: 'yes' },
      ];
      await client.conversations.items.create(conversation, { items });
    }
    const { id } = await begin({ conversation });
    const { metadata } = await untilEnded(id);
    expect(Number(metadata?.['x-context-trimmed'])).toBeGreaterThan(0);
  });
});

describe('cancelling', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('ends the call, keeps nothing of the turn and frees the conversation at once', async () => {
    const { id: conversation } = await client.conversations.create();
    await client.responses.create({ model, input: 'before', conversation });
    const before = await itemsOf(conversation);
    service.simulator.reset();
    service.simulator.behave(held);
    const stream = await beginStream({ conversation });
    const events = await read(stream, 3);
    const id = idIn(events);
    const reading = resume(id, 2).then((rest) => collect<Event>(rest));
    const cancelled = await client.responses.cancel(id);
    expect(cancelled).toMatchObject({ id, status: 'cancelled', background: true, output: [] });
    service.simulator.behave({});
    const next = await client.responses.create({ model, input: 'next', conversation });
    expect(next.status).toBe('completed');
    await service.simulator.waitForOutcome(0, 'left');
    expect(await client.responses.cancel(id)).toEqual(cancelled);
    expect(await client.responses.retrieve(id)).toMatchObject({ status: 'cancelled' });
    events.push(...(await reading));
    expectWhole(events, 'cancelled');
    expect((await itemsOf(conversation)).slice(0, 2)).toEqual(before);
    expect(await itemsOf(conversation)).toHaveLength(4);
    await expect(
      client.responses.create({ input: 'x', previous_response_id: id }),
    ).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
  });

  it('before the first word does the same', async () => {
    service.simulator.behave({ neverAnswer: true });
    const { id } = await begin();
    await service.simulator.waitForCalls(1);
    expect((await client.responses.cancel(id)).status).toBe('cancelled');
    await service.simulator.waitForOutcome(0, 'left');
    expectWhole(await collect(await client.responses.retrieve(id, { stream: true })), 'cancelled');
  });

  it('leaves the idle time of a conversation to begin again', async () => {
    const { id: conversation } = await client.conversations.create({
      metadata: { expires_after_seconds: '20' },
    });
    service.simulator.behave(silent);
    const { id } = await begin({ conversation });
    await service.simulator.waitForCalls(1);
    service.clock.advance(15_000);
    await client.responses.cancel(id);
    service.clock.advance(15_000);
    expect((await client.conversations.retrieve(conversation)).id).toBe(conversation);
    service.clock.advance(5_001);
    await expect(client.conversations.retrieve(conversation)).rejects.toMatchObject({
      status: 404,
    });
  });

  it('what has ended leaves it as it is', async () => {
    const { id } = await begin();
    const ended = await untilEnded(id);
    expect(ended).toMatchObject(await client.responses.cancel(id));
    expect(await client.responses.retrieve(id)).toEqual(ended);
  });

  it('is for responses in the background', async () => {
    const { id } = await client.responses.create({ model, input: 'hello' });
    await expect(client.responses.cancel(id)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('background: true') as string,
    });
    await expect(client.responses.cancel('resp_none')).rejects.toMatchObject({ status: 404 });
  });

  it('at the moment of the end decides for one of the two', async () => {
    const { id: conversation } = await client.conversations.create();
    let turns = 0;
    for (let round = 0; round < 10; round += 1) {
      service.simulator.behave({ ...silent, times: 1 });
      const { id } = await begin({ conversation });
      await service.simulator.waitForCalls(round + 1);
      service.simulator.release();
      if (round % 2 === 1) await client.responses.retrieve(id);
      const { status } = await client.responses.cancel(id);
      expect(['completed', 'cancelled']).toContain(status);
      expect((await client.responses.retrieve(id)).status).toBe(status);
      if (status === 'completed') turns += 1;
      expect(await itemsOf(conversation)).toHaveLength(2 * turns);
    }
  });
});

describe('deleting a response that runs', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('cancels it', async () => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave(silent);
    const { id } = await begin({ conversation, stream: false });
    await service.simulator.waitForCalls(1);
    await client.responses.delete(id);
    service.simulator.behave({});
    await client.responses.create({ model, input: 'next', conversation });
    await service.simulator.waitForOutcome(0, 'left');
    await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
    await expect(resume(id, 0)).rejects.toMatchObject({ status: 404 });
    await expect(client.responses.cancel(id)).rejects.toMatchObject({ status: 404 });
    expect(await itemsOf(conversation)).toHaveLength(2);
  });

  it('breaks off the streams of it', async () => {
    service.simulator.behave(held);
    const stream = await beginStream();
    const broken = expect(collect(stream)).rejects.toThrow(/can still be retrieved/);
    await service.simulator.waitForCalls(1);
    const [{ id } = { id: '' }] = query<{ id: string }>(
      service.databaseFile,
      "SELECT id FROM responses WHERE status = 'in_progress'",
    );
    await client.responses.delete(id);
    await broken;
  });
});

describe('a response to go on from', () => {
  beforeAll(() => start());
  afterAll(() => service.close());

  it('must have an answer', async () => {
    service.simulator.behave(silent);
    const { id } = await begin();
    await service.simulator.waitForCalls(1);
    const next = { input: 'next', previous_response_id: id };
    await expect(client.responses.create(next)).rejects.toMatchObject({
      status: 400,
      param: 'previous_response_id',
      message: expect.stringContaining('is still in progress') as string,
    });
    service.simulator.release();
    await untilEnded(id);
    service.simulator.behave({});
    expect((await client.responses.create(next)).status).toBe('completed');
  });
});

describe('MAX_BACKGROUND', () => {
  afterEach(closeReleased);

  it('bounds how many run', async () => {
    await start({ MAX_BACKGROUND: '2' });
    service.simulator.behave(silent);
    const [one] = await Promise.all([begin(), begin()]);
    const patient = service.clientWith({ maxRetries: 0 });
    const { id: conversation } = await client.conversations.create();
    const third = { model, input: 'x', conversation, background: true };
    for (const stream of [false, true]) {
      await expect(patient.responses.create({ ...third, stream })).rejects.toMatchObject({
        status: 429,
        code: 'rate_limit_exceeded',
        param: 'background',
        type: 'rate_limit_error',
      });
    }
    expect(countRows(service, 'responses')).toBe(2);
    // Other calls have their own limit.
    await service.simulator.waitForCalls(2);
    service.simulator.behave({});
    await client.responses.create({ model, input: 'x', conversation });
    await client.responses.cancel(one.id);
    await until('there is room', async () => {
      const { status } = await patient.responses.create(third).catch((error: unknown) => {
        if (error instanceof OpenAI.RateLimitError) return { status: 'refused' };
        throw error;
      });
      return status === 'in_progress';
    });
    service.simulator.release();
  });

  it('of 0 takes none', async () => {
    await start({ MAX_BACKGROUND: '0' });
    const patient = service.clientWith({ maxRetries: 0 });
    await expect(
      patient.responses.create({ model, input: 'x', background: true }),
    ).rejects.toBeInstanceOf(OpenAI.RateLimitError);
    expect(countRows(service, 'responses')).toBe(0);
  });
});

describe('a response that could not begin', () => {
  beforeAll(() => start({ MAX_BACKGROUND: '1' }));
  afterAll(() => service.close());

  it('has the status of its reason, leaves nothing behind and takes no place', async () => {
    for (const fields of [
      { conversation: 'conv_none' },
      { previous_response_id: 'resp_none' },
      { input: [{ type: 'function_call_output', call_id: 'call_9', output: '' }] },
      { input: undefined },
      { store: false },
    ]) {
      for (const stream of [false, true]) {
        const create = client.post('/responses', {
          body: { model, input: 'x', background: true, stream, ...fields },
        });
        await expect(create).rejects.toMatchObject({
          status: 'conversation' in fields ? 404 : 400,
        });
      }
    }
    expect(countRows(service, 'responses')).toBe(0);
    await untilEnded((await begin()).id);
  });
});

/** As if the process that gives it had died: nobody renews any more. */
function loseLease(id: string): void {
  service.app.get(ResponsesRepository).leases.release(id);
}

describe('the lease of a response', () => {
  afterEach(closeReleased);

  it('when it has run out makes it failed to everyone, and nothing of it is kept', async () => {
    await start();
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave(silent);
    const { id } = await begin({ conversation });
    const { id: unseen } = await begin();
    await service.simulator.waitForCalls(2);
    for (const each of [id, unseen]) loseLease(each);
    service.clock.advance(leaseMs + 1);
    const failed = await client.responses.retrieve(id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    expect([storedStatus(id), storedStatus(unseen)]).toEqual(['failed', 'in_progress']);
    expect(failed).toMatchObject(await client.responses.cancel(id));
    await expect(
      client.responses.create({ input: 'x', previous_response_id: id }),
    ).rejects.toMatchObject({ status: 400, param: 'previous_response_id' });
    expect(await service.app.get(AbandonedResponsesTask).sweep()).toBe(1);
    expect(await service.app.get(AbandonedResponsesTask).sweep()).toBe(0);
    expect(storedStatus(unseen)).toBe('failed');
    expect(await client.responses.retrieve(id)).toEqual(failed);
    service.simulator.release();
    const events = await collect<Event>(await client.responses.retrieve(id, { stream: true }));
    expectWhole(events, 'failed');
    expect(await itemsOf(conversation)).toEqual([]);
    expect(await client.responses.retrieve(id)).toEqual(failed);
    service.simulator.behave({});
    await client.responses.create({ model, input: 'next', conversation });
  });

  it('that ran out is no failure of a process that is only late', async () => {
    await start();
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave({ ...silent, answer: 'at last' });
    const { id } = await begin({ conversation });
    await service.simulator.waitForCalls(1);
    service.clock.advance(leaseMs + 1);
    expect((await client.responses.retrieve(id)).status).toBe('in_progress');
    service.clock.advance(leaseMs + 1);
    expect(await service.app.get(AbandonedResponsesTask).sweep()).toBe(0);
    service.clock.advance(leaseMs + 1);
    service.simulator.release();
    expect((await untilEnded(id)).output_text).toBe('at last');
    expect(await itemsOf(conversation)).toHaveLength(2);
  });

  it('far ahead, as a clock leaves it that was set back, counts for nothing', async () => {
    await start();
    service.simulator.behave(silent);
    const { id } = await begin();
    await service.simulator.waitForCalls(1);
    loseLease(id);
    const lease = service.clock.now() + 3_600_000;
    write(service, 'UPDATE responses SET lease_until = @lease WHERE id = @id', { id, lease });
    expect((await client.responses.retrieve(id)).status).toBe('failed');
  });

  it('is renewed while it runs, by one statement for all', async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    service.simulator.behave({ answer: 'at last', holdBeforeAnswer: true });
    const begun = await Promise.all(Array.from({ length: 8 }, () => begin()));
    await service.simulator.waitForCalls(8);
    const leases = () => {
      const sql = 'SELECT lease_until FROM responses ORDER BY id';
      const rows = query<{ lease_until: unknown }>(service.databaseFile, sql);
      return rows.map((row) => Number(row.lease_until));
    };
    const first = leases();
    const write = jest.spyOn(service.app.get(Database), 'write');
    await until('the first leases would have run out', () =>
      leases().every((lease, index) => lease > first[index]! + 1_000),
    );
    const renewals = write.mock.calls
      .flatMap(([batch]) => batch)
      .filter(({ sql }) => sql.startsWith('UPDATE responses'));
    expect(renewals.length).toBeGreaterThan(0);
    for (const { parameters } of renewals) {
      expect(JSON.parse(String(parameters[1]))).toHaveLength(begun.length);
    }
    service.simulator.release();
    for (const { id } of begun) expect((await untilEnded(id)).output_text).toBe('at last');
    expect(leases()).toEqual(begun.map(() => 0));
  });

  it('is looked at by who follows it, should its events never end', async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    service.simulator.behave(held);
    const events = await read(await beginStream(), 3);
    const id = idIn(events);
    await until('the first word came', async () => {
      const found = await read(await resume(id, 2), 2);
      return found.length === 2;
    });
    // As if the process that gives it had died: nothing more is told.
    const port = service.app.get(ResponseEvents);
    jest.spyOn(port, 'append').mockReturnValue(undefined);
    jest.spyOn(port, 'end').mockResolvedValue();
    loseLease(id);
    const reading = resume(id, 2).then((rest) => collect<Event>(rest));
    service.clock.advance(60_000);
    events.push(...(await reading));
    expectWhole(events, 'failed');
  });
});

describe('two services on one database', () => {
  let other: OpenAiService;
  beforeEach(async () => {
    await start({ TURN_LEASE_SECONDS: '1' });
    other = await startOpenAiService({ TURN_LEASE_SECONDS: '1' }, service.folder);
  });
  afterEach(async () => {
    service.simulator.reset();
    other.expectNoFaults();
    await other.app.close();
    await other.simulator.close();
    await service.close();
  });

  it.each(['cancel', 'delete'] as const)(
    'hear of it when the other one is told to %s',
    async (action) => {
      const { id: conversation } = await client.conversations.create();
      service.simulator.behave(silent);
      const { id } = await begin({ conversation });
      await service.simulator.waitForCalls(1);
      expect((await other.client.responses.retrieve(id)).status).toBe('in_progress');
      await other.client.responses[action](id);
      expect(storedClaim(service.databaseFile, conversation).claim).toBeNull();
      const next = await other.client.responses.create({ model, input: 'next', conversation });
      expect(next.status).toBe('completed');
      await service.simulator.waitForOutcome(0, 'left');
      service.simulator.release();
      expect(await itemsOf(conversation)).toHaveLength(2);
      if (action === 'cancel') {
        expect(await client.responses.retrieve(id)).toMatchObject({ status: 'cancelled' });
      } else {
        await expect(client.responses.retrieve(id)).rejects.toMatchObject({ status: 404 });
      }
    },
  );

  it('keep nothing of what one of them has told to have failed', async () => {
    const { id: conversation } = await client.conversations.create();
    service.simulator.behave(silent);
    const { id } = await begin({ conversation });
    await service.simulator.waitForCalls(1);
    const renewal = jest.spyOn(service.app.get(ResponsesRepository).leases, 'renew');
    renewal.mockResolvedValue();
    other.clock.advance(60_000);
    const failed = await other.client.responses.retrieve(id);
    expect(failed).toMatchObject({ status: 'failed', error: { code: 'server_error' } });
    renewal.mockRestore();
    service.simulator.release();
    await until('the call is over', () => service.simulator.running() === 0);
    await service.app.get(InFlightCalls, { strict: false }).finish();
    expect(await client.responses.retrieve(id)).toEqual(failed);
    expect(await itemsOf(conversation)).toEqual([]);
  });

  it('show the same state, and events where they are', async () => {
    const { id } = await begin();
    const ended = await untilEnded(id, other.client);
    expect(await client.responses.retrieve(id)).toEqual(ended);
    await expect(
      other.client.responses.retrieve(id, { stream: true, starting_after: 0 }),
    ).rejects.toMatchObject({ status: 404, code: 'events_lost' });
  });
});
