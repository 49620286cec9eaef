import type { Caller } from '../auth/caller.js';
import { readSettings } from '../config/read-settings.js';
import type { ConversationsService } from '../conversations/conversations.service.js';
import { ConversationNotFoundError } from '../conversations/conversations.errors.js';
import type { History } from '../conversations/history.js';
import type { IdSource } from '../platform/ids/id-source.js';
import { ShareNotFoundError } from './shares.errors.js';
import type { SharesRepository, StoredShare } from './shares.repository.js';
import { SharingService } from './sharing.service.js';

const caller: Caller = { id: 'me' };
const texts = { prompt: 'Be.', sentences: '["Hi","Ho"]' };
const stored: StoredShare = { ...texts, createdAt: 5 };

interface World {
  history?: History['transcript'];
  byId?: Record<string, StoredShare>;
  newestOf?: Record<string, StoredShare>;
  deleted?: number;
  env?: Record<string, string>;
}

function world({ history, byId = {}, newestOf = {}, deleted = 0, env = {} }: World) {
  const calls: unknown[][] = [];
  const conversations: Pick<ConversationsService, 'getHistory'> = {
    getHistory: (...asked) => {
      calls.push(['getHistory', ...asked]);
      return history
        ? Promise.resolve({ transcript: history } as History)
        : Promise.reject(new ConversationNotFoundError('conv_1'));
    },
  };
  const shares: Pick<SharesRepository, 'insert' | 'delete' | 'findById' | 'findNewestOf'> = {
    insert: (share) => Promise.resolve(void calls.push(['insert', share])),
    delete: (...asked) => {
      calls.push(['delete', ...asked]);
      return Promise.resolve(deleted);
    },
    findById: (id) => Promise.resolve(byId[id] ?? null),
    findNewestOf: (id) => Promise.resolve(newestOf[id] ?? null),
  };
  const ids: IdSource = { next: (prefix) => `${prefix}_1` };
  const service = new SharingService(
    conversations as ConversationsService,
    shares as SharesRepository,
    ids,
    readSettings(env),
  );
  return { service, calls };
}

describe('a share', () => {
  it('is a copy of what the caller’s conversation says, under an id of its own', async () => {
    const { service, calls } = world({
      history: {
        ...{ prompt: 'Be.', settings: '', humanName: null, aiName: null },
        sentences: [
          { role: 'user', text: 'Hi' },
          { role: 'assistant', text: 'Ho' },
        ],
      },
    });
    await expect(service.store(caller, 'conv_1')).resolves.toBe('share_1');
    expect(calls).toEqual([
      ['getHistory', caller, 'conv_1'],
      ['insert', { id: 'share_1', ownerId: 'me', conversationId: 'conv_1', ...texts }],
    ]);
  });

  it('is not made of a conversation that is not there', async () => {
    const { service, calls } = world({});
    await expect(service.store(caller, 'conv_1')).rejects.toThrow(ConversationNotFoundError);
    expect(calls).toHaveLength(1);
  });

  it.each<[string, World, string]>([
    ['its own id', { byId: { a: stored } }, 'Be.'],
    ['its conversation’s', { newestOf: { a: stored } }, 'Be.'],
    [
      'its own id first',
      { byId: { a: stored }, newestOf: { a: { ...stored, prompt: 'x' } } },
      'Be.',
    ],
    ['its id without its prompt', { byId: { a: stored }, env: { SHARE_PROMPTS: 'false' } }, ''],
  ])('is read by %s', async (_how, given, prompt) => {
    const { service } = world({ env: { SHARE_PROMPTS: 'true' }, ...given });
    await expect(service.get('a')).resolves.toEqual({
      ...{ id: 'a', title: 'Hi', createdAt: 5, prompt, sentences: ['Hi', 'Ho'] },
      turns: [
        { role: 'user', text: 'Hi' },
        { role: 'assistant', text: 'Ho' },
      ],
    });
  });

  it('is not found by any other id', async () => {
    const { service } = world({ byId: { a: stored }, newestOf: { b: stored } });
    await expect(service.get('c')).rejects.toThrow(ShareNotFoundError);
  });

  it('is taken back by the caller that made it, or not found', async () => {
    const { service, calls } = world({ deleted: 2 });
    await expect(service.delete(caller, 'a')).resolves.toBeUndefined();
    expect(calls).toEqual([['delete', caller, 'a']]);
    await expect(world({}).service.delete(caller, 'a')).rejects.toThrow(ShareNotFoundError);
  });
});
