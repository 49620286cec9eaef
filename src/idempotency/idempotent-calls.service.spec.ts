import { Logger } from '@nestjs/common';
import type { AuthStrategy } from '../auth/auth.strategy.js';
import { defaultCaller, type Caller } from '../auth/caller.js';
import { readSettings } from '../config/read-settings.js';
import {
  CommitOutcomeUnknownError,
  DatabaseUnavailableError,
} from '../platform/database/database.errors.js';
import { AppError } from '../platform/errors/app.error.js';
import { InvalidFieldError, ShuttingDownError } from '../platform/errors/http.errors.js';
import type { InFlightCalls } from '../platform/lifecycle/in-flight-calls.js';
import type { PeriodicTasks } from '../platform/tasks/periodic-tasks.js';
import * as errors from './idempotency.errors.js';
import type { EarlierUse, IdempotencyRepository, KeyUse } from './idempotency.repository.js';
import { IdempotentCallsService, type IdempotentRequest } from './idempotent-calls.service.js';

interface World {
  key?: string | undefined;
  earlier?: EarlierUse;
  take?: Error;
  headersSent?: boolean;
}

/** A service whose records are of one earlier call, if any, and a call that it gets. */
function world({ key = 'k', earlier, take, headersSent = false }: World = {}) {
  const uses: KeyUse[] = [];
  const done: unknown[] = [];
  const records = {
    take: (use: KeyUse) => {
      uses.push(use);
      return take ? Promise.reject(take) : Promise.resolve(!earlier);
    },
    find: () => Promise.resolve(earlier ?? null),
    delete: () => Promise.resolve(void done.push('delete')),
    saveAnswer: (_use: KeyUse, answer: unknown) => Promise.resolve(Boolean(done.push(answer))),
    renew: () => Promise.resolve([]),
  } satisfies Partial<Record<keyof IdempotencyRepository, unknown>>;
  const response = {
    ...{ req: { headers: key === '-' ? {} : { 'idempotency-key': key } }, headersSent },
    setHeader: (...header: string[]) => done.push(header),
    status: (status: number) => ({ end: (body: string) => done.push([status, body]) }),
  };
  const request: IdempotentRequest = {
    ...{ route: 'POST /a', asked: { a: 1 } },
    response: response as unknown as IdempotentRequest['response'],
    errors: { answerTo: ({ status, code }) => ({ status, headers: {}, body: code }) },
  };
  const calls: Pick<InFlightCalls, 'runDetached'> = { runDetached: (_response, work) => work() };
  const service = new IdempotentCallsService(
    records as unknown as IdempotencyRepository,
    { credentialOf: () => 'credential' } as unknown as AuthStrategy,
    calls as InFlightCalls,
    { next: (prefix) => `${prefix}_1` },
    readSettings({ TURN_LEASE_SECONDS: '60' }),
    {} as PeriodicTasks,
  );
  const work = jest.fn<Promise<void>, unknown[]>(() => Promise.resolve());
  const run = (more: Partial<IdempotentRequest> = {}, caller: Caller = defaultCaller) => {
    return service.run(caller, { ...request, ...more }, work);
  };
  return { run, work, uses, done };
}

/** The use that a call with these makes of its key. */
async function useOf(more: Partial<IdempotentRequest> = {}, caller?: Caller, key = 'k') {
  const { run, uses } = world({ key });
  await run(more, caller);
  return uses[0]!;
}

describe('a call without a key', () => {
  it('is done, and nothing is recorded', async () => {
    const { run, work, uses, done } = world({ key: '-' });
    await run();
    expect(work.mock.calls).toEqual([[null]]);
    expect([uses, done]).toEqual([[], []]);
  });
});

describe('the key of a call', () => {
  it.each(['', 'é', 'a\nb', 'a\tb', 'x'.repeat(256)])('may not be %j', async (key) => {
    const { run, work } = world({ key });
    await expect((async () => run())()).rejects.toThrow(errors.InvalidIdempotencyKeyError);
    expect(work).not.toHaveBeenCalled();
  });

  it.each([' ', '~', 'x'.repeat(255)])('may be %j', async (key) => {
    const { run, work } = world({ key });
    await run();
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('is of its caller and route, and of what was asked', async () => {
    const use = await useOf();
    expect(await useOf()).toEqual(use);
    expect(await useOf({ asked: { a: 2 } })).toEqual({
      ...use,
      bodyHash: expect.not.stringMatching(use.bodyHash) as string,
    });
    const scopes = [
      use,
      await useOf({ route: 'POST /b' }),
      await useOf({}, { id: 'other' }),
      await useOf({}, undefined, 'k2'),
    ].map(({ scope }) => scope);
    expect(new Set(scopes).size).toBe(4);
    expect((await useOf({}, { id: 'other' })).ownerId).toBe('other');
  });
});

describe('a call that comes first', () => {
  const refusal = new InvalidFieldError('a', 'invalid_value', 'no');

  it('is forgotten where its answer was not recorded', async () => {
    const { run, work, done } = world();
    await run();
    expect(work).toHaveBeenCalledTimes(1);
    expect(done).toEqual(['delete']);
  });

  it('records a refusal that will last, and is refused', async () => {
    const { run, work, done } = world();
    work.mockRejectedValue(refusal);
    await expect(run()).rejects.toBe(refusal);
    expect(done).toEqual([{ status: 400, headers: {}, body: 'request.invalid_field' }]);
  });

  it.each<[string, Error, boolean]>([
    ['a failure of the service', new ShuttingDownError(), false],
    ['a refusal that may pass', new errors.IdempotencyKeyRunningError(1), false],
    ['what nobody foresaw', new Error('bug'), false],
    ['a refusal within a stream', refusal, true],
  ])('is forgotten after %s', async (_what, failure, headersSent) => {
    const { run, work, done } = world({ headersSent });
    work.mockRejectedValue(failure);
    await expect(run()).rejects.toBe(failure);
    expect(done).toEqual(['delete']);
  });

  it.each([401, 408, 409, 413, 429, 499])('is forgotten after the status %i', async (status) => {
    const { run, work, done } = world();
    work.mockRejectedValue(
      Object.assign(new InvalidFieldError('a', 'invalid_value', ''), { status }),
    );
    await expect(run()).rejects.toBeInstanceOf(AppError);
    expect(done).toEqual(['delete']);
  });

  it('gives a key back that it may have taken', async () => {
    const { run, work, done } = world({ take: new CommitOutcomeUnknownError(null) });
    await expect(run()).rejects.toThrow(DatabaseUnavailableError);
    expect(work).not.toHaveBeenCalled();
    expect(done).toEqual(['delete']);
  });
});

describe('a repeat', () => {
  const answer = { status: 201, headers: { a: 'b' }, body: 'Hi' };

  async function repeated(use: object, more: Partial<IdempotentRequest> = {}) {
    const { bodyHash } = await useOf();
    const earlier = { bodyHash, ...use } as EarlierUse;
    const { run, work, done } = world({ earlier });
    const error: unknown = await run(more).catch((failure: unknown) => failure);
    expect(work).not.toHaveBeenCalled();
    return { done, error };
  }

  it('is sent the answer again, and told so', async () => {
    expect(await repeated({ type: 'answered', answer })).toEqual({
      error: undefined,
      done: [
        ['idempotency-replayed', 'true'],
        ['a', 'b'],
        [201, 'Hi'],
      ],
    });
  });

  it('is sent it in another way where its route has one', async () => {
    const sendAgain = jest.fn();
    const { done } = await repeated({ type: 'answered', answer }, { sendAgain });
    expect(sendAgain.mock.calls).toEqual([[answer]]);
    expect(done).toEqual([['idempotency-replayed', 'true']]);
  });

  it.each<[string, object, new (...none: never[]) => Error]>([
    ['asks something else', { type: 'answered', bodyHash: 'x' }, errors.IdempotencyKeyReusedError],
    [
      'asks another while one runs',
      { type: 'running', bodyHash: 'x' },
      errors.IdempotencyKeyReusedError,
    ],
    ['comes too early', { type: 'running', leaseMs: 9 }, errors.IdempotencyKeyRunningError],
    ['is too large', { type: 'not-kept', reason: 'too-large' }, errors.AnswerTooLargeToReplayError],
    ['comes too late', { type: 'not-kept', reason: 'dropped' }, errors.AnswerNoLongerKeptError],
  ])('is refused where it %s, with nothing sent', async (_what, use, expected) => {
    const { error, done } = await repeated({ answer, ...use });
    expect(error).toBeInstanceOf(expected);
    expect(done).toEqual([]);
  });

  it.each([
    [60_000, 2],
    [30_001, 2],
    [30_000, 30],
    [1_500, 2],
    [0, 1],
  ])('of a call whose lease has %i ms is to wait %i s', async (leaseMs, seconds) => {
    const { error } = await repeated({ type: 'running', leaseMs });
    expect(error).toMatchObject({ retryAfterSeconds: seconds });
  });
});

it('a failure to give a key back is logged, and does not hide why', async () => {
  const log = jest.spyOn(Logger.prototype, 'error').mockImplementation();
  const { run, work, done } = world();
  const failure = new ShuttingDownError();
  work.mockRejectedValue(failure);
  done.push = () => {
    throw new Error('gone');
  };
  await expect(run()).rejects.toBe(failure);
  expect(log).toHaveBeenCalledTimes(1);
  log.mockRestore();
});
