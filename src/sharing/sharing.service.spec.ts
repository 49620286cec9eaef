import type { Caller } from '../auth/caller.js';
import { readSettings } from '../config/read-settings.js';
import { ConversationNotFoundError } from '../conversations/conversations.errors.js';
import type { ConversationsService, Snapshot } from '../conversations/conversations.service.js';
import type { StoredItem } from '../conversations/items.repository.js';
import type { UnitOfWork, Write } from '../platform/database/unit-of-work.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import type { IdSource } from '../platform/ids/id-source.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import type { ShareLocks } from './share-locks.js';
import type { ShareOptions } from './share-options.js';
import {
  PromptNotSharedError,
  ShareNotFoundError,
  SharePasswordRequiredError,
  SharingOffError,
} from './shares.errors.js';
import type { NewShare, ShareRecord, SharesRepository, ShareTexts } from './shares.repository.js';
import { SharingService } from './sharing.service.js';

const caller: Caller = { id: 'me' };
const dayMs = 86_400_000;

const record: ShareRecord = {
  ...{ id: 'share_1', sequence: 7, conversationId: 'conv_1', title: 'Hi' },
  ...{ kind: null, model: null, password: null, createdAt: 1_000, expiresAt: null },
};
const old: ShareTexts = { content: null, prompt: 'Be.', sentences: '["Hi","Ho"]' };
const shown: ShareTexts = {
  content: JSON.stringify({
    prompt: 'Be.',
    turns: [
      { role: 'developer', text: 'Be brief.' },
      { role: 'user', text: 'Hi' },
    ],
  }),
  ...{ prompt: '', sentences: '[]' },
};

function itemOf(role: StoredItem['role'], said: string): StoredItem {
  return {
    ...{ id: 'msg_1', turn: 1, position: 1, kind: 'message', role },
    ...{ inputTokens: null, said, bytes: said.length },
  };
}

const snapshot: Snapshot = {
  ...{
    kind: 'turbo',
    stream: false,
    model: null,
    idleMs: null,
    affinity: 'conv_1',
    lastModel: 'gpt-6-luna',
  },
  transcript: { prompt: 'Be.', settings: '', humanName: null, aiName: null, sentences: [] },
  items: [itemOf('user', 'Hi'), itemOf('assistant', 'Ho')],
};

interface World {
  snapshot?: Snapshot;
  byId?: Record<string, ShareRecord>;
  newestOf?: Record<string, ShareRecord>;
  texts?: ShareTexts | null;
  deleted?: number;
  isGone?: boolean;
  env?: Record<string, string>;
}

function world(given: World) {
  const { byId = {}, newestOf = {}, texts = old, deleted = 0, isGone = false, env = {} } = given;
  const calls: unknown[][] = [];
  const presence = {} as Write;
  const conversations: Pick<ConversationsService, 'getSnapshot' | 'presence' | 'finish'> = {
    getSnapshot: () =>
      given.snapshot
        ? Promise.resolve(given.snapshot)
        : Promise.reject(new ConversationNotFoundError('conv_1')),
    presence: () => presence,
    finish: (_caller, id, unitOfWork) =>
      Promise.resolve(void calls.push(['finish', id, unitOfWork.writes.length])),
  };
  const shares = {
    insert: (owner: Caller, share: NewShare, { writes }: UnitOfWork) => {
      calls.push(['insert', owner, share]);
      expect(writes).toEqual([presence]);
      return Promise.resolve(isGone ? null : { ...record, ...share });
    },
    delete: (...asked: unknown[]) => {
      calls.push(['delete', ...asked]);
      return Promise.resolve(deleted);
    },
    deletionOf: () => ({}) as Write,
    findById: (id: string) => Promise.resolve(byId[id] ?? null),
    findNewestOf: (id: string) => Promise.resolve(newestOf[id] ?? null),
    findTexts: () => Promise.resolve(texts),
  };
  const locks: Pick<ShareLocks, 'hash' | 'demand'> = {
    hash: (password) => Promise.resolve(`hash of ${password}`),
    demand: ({ password }) =>
      password === null ? Promise.resolve() : Promise.reject(new SharePasswordRequiredError()),
  };
  const ids: IdSource = { next: (prefix) => `${prefix}_1` };
  const metrics = new Metrics();
  const service = new SharingService(
    conversations as ConversationsService,
    shares as unknown as SharesRepository,
    locks as ShareLocks,
    ids,
    readSettings(env),
    metrics,
  );
  return { service, calls, metrics };
}

describe('a share', () => {
  const turns = [
    { role: 'user', text: 'Hi' },
    { role: 'assistant', text: 'Ho' },
  ];
  const made = {
    ...{ id: 'share_1', conversationId: 'conv_1', title: 'Hi', kind: 'turbo' },
    ...{ model: 'gpt-6-luna', password: null, timeToLiveMs: null },
  };
  const withPrompt = { SHARE_PROMPT: 'true' };

  it.each<[string, ShareOptions, Record<string, string>, object]>([
    ['nothing but what was said', {}, {}, {}],
    ['a title', { title: 'Mine' }, {}, { title: 'Mine' }],
    ['an end', { expiresInDays: 3 }, {}, { timeToLiveMs: 3 * dayMs }],
    ['a password', { password: 'secret12' }, {}, { password: 'hash of secret12' }],
    ['its prompt', {}, withPrompt, { content: JSON.stringify({ prompt: 'Be.', turns }) }],
    [
      'its prompt when asked',
      { showPrompt: true },
      withPrompt,
      {
        content: JSON.stringify({ prompt: 'Be.', turns }),
      },
    ],
    ['no prompt when asked', { showPrompt: false }, withPrompt, {}],
  ])('is made of what the conversation says, with %s', async (_what, options, env, expected) => {
    const { service, calls } = world({ snapshot, env });
    await expect(service.store(caller, 'conv_1', options)).resolves.toMatchObject({
      id: 'share_1',
    });
    const content = JSON.stringify({ prompt: '', turns });
    expect(calls).toEqual([['insert', caller, { ...made, content, ...expected }]]);
  });

  it.each([
    [{ expiresInDays: 366 }, {}, InvalidFieldError],
    [{ expiresInDays: 8 }, { SHARE_TTL_DAYS: '7' }, InvalidFieldError],
    [{ expiresInDays: 3_651 }, { SHARE_TTL_DAYS: '0' }, InvalidFieldError],
    [{ showPrompt: true }, {}, PromptNotSharedError],
    [{}, { SHARING: 'off' }, SharingOffError],
  ])('is not made with %j where the settings are %j', async (options, env, error) => {
    const { service, calls } = world({ snapshot, env });
    await expect(service.store(caller, 'conv_1', options)).rejects.toThrow(error);
    expect(calls).toEqual([]);
  });

  it('is not made of a conversation that is not there, or no longer', async () => {
    for (const { service } of [world({}), world({ snapshot, isGone: true })]) {
      await expect(service.store(caller, 'conv_1')).rejects.toThrow(ConversationNotFoundError);
    }
  });

  it.each<[string, World]>([
    ['its own id', { byId: { a: record } }],
    ['its conversation’s', { newestOf: { a: record } }],
    ['its own id first', { byId: { a: record }, newestOf: { a: { ...record, title: 'x' } } }],
    ['its own id alone', { byId: { a: record }, env: { SHARE_BY_CONVERSATION_ID: 'off' } }],
  ])('is read by %s, and counted', async (_how, given) => {
    const { service, metrics } = world(given);
    await expect(service.get('a')).resolves.toEqual({
      ...{ id: 'share_1', title: 'Hi', createdAt: 1_000, prompt: '', turns },
      sentences: ['Hi', 'Ho'],
    });
    await expect(metrics.text()).resolves.toContain('alice_share_views_total 1');
  });

  it.each<[string, World, object]>([
    ['its prompt', { env: withPrompt }, { prompt: 'Be.', sentences: ['Hi', 'Ho'] }],
    [
      'no prompt by the setting of now',
      { texts: shown },
      {
        prompt: '',
        turns: [{ role: 'user', text: 'Hi' }],
        sentences: ['Hi'],
      },
    ],
    [
      'its prompt in messages too',
      { texts: shown, env: withPrompt },
      {
        prompt: 'Be.',
        turns: [
          { role: 'developer', text: 'Be brief.' },
          { role: 'user', text: 'Hi' },
        ],
        sentences: ['Hi'],
      },
    ],
  ])('is shown with %s', async (_what, given, expected) => {
    const { service } = world({ byId: { a: record }, ...given });
    await expect(service.get('a')).resolves.toMatchObject(expected);
  });

  it.each<[string, World]>([
    ['another id', { byId: { b: record }, newestOf: { c: record } }],
    ['an id whose share is gone meanwhile', { byId: { a: record }, texts: null }],
    [
      'the id of its conversation, where that is off',
      { newestOf: { a: record }, env: { SHARE_BY_CONVERSATION_ID: 'off' } },
    ],
  ])('is not found by %s', async (_what, given) => {
    const { service, metrics } = world(given);
    await expect(service.get('a')).rejects.toThrow(ShareNotFoundError);
    await expect(metrics.text()).resolves.toContain('alice_share_views_total 0');
  });

  it('is not shown to those without its password', async () => {
    const { service, metrics } = world({ byId: { a: { ...record, password: 'x' } } });
    await expect(service.get('a')).rejects.toThrow(SharePasswordRequiredError);
    await expect(metrics.text()).resolves.toContain('alice_share_views_total 0');
  });

  it('is taken back by the caller that made it, or not found', async () => {
    const { service, calls } = world({ deleted: 2 });
    await expect(service.delete(caller, 'a')).resolves.toBeUndefined();
    expect(calls).toEqual([['delete', caller, 'a']]);
    await expect(world({}).service.delete(caller, 'a')).rejects.toThrow(ShareNotFoundError);
  });

  it.each([
    [true, 1],
    [false, 0],
  ])('goes with its conversation when that is wanted: %s', async (isWithShares, writes) => {
    const { service, calls } = world({});
    await service.finish(caller, 'conv_1', isWithShares);
    expect(calls).toEqual([['finish', 'conv_1', writes]]);
  });
});

describe('where sharing is off', () => {
  it.each<[string, (service: SharingService) => Promise<unknown>]>([
    ['stored', (service) => service.store(caller, 'conv_1')],
    ['shown', (service) => service.get('a')],
    ['unlocked', (service) => service.unlock('a', 'secret12', '::1')],
    ['listed', (service) => service.list(caller, page, { conversationId: null })],
    ['taken back', (service) => service.delete(caller, 'a')],
  ])('nothing is %s', async (_what, call) => {
    const { service, calls } = world({ snapshot, byId: { a: record }, env: { SHARING: 'off' } });
    await expect(call(service)).rejects.toThrow(SharingOffError);
    expect(calls).toEqual([]);
  });

  const page = { limit: 20, order: 'desc', after: null } as const;
});
