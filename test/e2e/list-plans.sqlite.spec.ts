import { DataSource } from 'typeorm';
import { defaultCaller } from '../../src/auth/caller.js';
import { ConversationsRepository } from '../../src/conversations/conversations.repository.js';
import { ItemsRepository } from '../../src/conversations/items.repository.js';
import { KeyListRepository } from '../../src/keys/key-list.repository.js';
import { ResponsesRepository } from '../../src/responses/responses.repository.js';
import { SharesRepository } from '../../src/sharing/shares.repository.js';
import { Caller } from '../support/caller.js';
import { startService, type TestService } from '../support/service.js';
import { storeShare } from '../support/shares.js';
import { StatementLog } from '../support/statement-log.js';

let service: TestService;
let statements: StatementLog;
let conversation: string;
let share: string;

beforeAll(async () => {
  service = await startService();
  const caller = new Caller(service.url);
  conversation = await caller.create();
  share = await storeShare(caller, conversation);
  statements = new StatementLog(service);
});
afterAll(async () => {
  statements.close();
  await service.close();
});

/** How SQLite goes about the statements that work is done with, apart from those by an id. */
async function plans(work: () => Promise<unknown>): Promise<string[]> {
  statements.take();
  await work();
  const ran = statements.take();
  const dataSource = service.app.get(DataSource);
  const steps: string[] = [];
  for (const sql of ran) {
    const parameters = [...sql.matchAll(/\?/g)].map(() => 1);
    const rows: { detail: string }[] = await dataSource.query(
      `EXPLAIN QUERY PLAN ${sql}`,
      parameters,
    );
    steps.push(...rows.map(({ detail }) => detail));
  }
  return steps;
}

const place = { createdAt: 1, id: 'key_1' };
const anyTime = { createdAfter: null, createdBefore: null };

describe('a page of a list behind a cursor', () => {
  it.each(['asc', 'desc'] as const)('of conversations enters its index (%s)', async (order) => {
    const conversations = service.app.get(ConversationsRepository);
    const params = { limit: 20, order, after: conversation };
    const range = `conversations_in_order (owner_id=? AND created_at${order === 'asc' ? '>' : '<'}?)`;
    for (const metadata of [{}, { topic: 'x' }]) {
      const steps = await plans(() =>
        conversations.page(defaultCaller, params, { metadata, ...anyTime }),
      );
      expect(steps.filter((step) => step.includes(range)).length).toBeGreaterThan(0);
      expect(steps.filter((step) => step.startsWith('SCAN conversations'))).toEqual([]);
      expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
    }
  });

  it.each(['asc', 'desc'] as const)('of conversations begins there too (%s)', async (order) => {
    const conversations = service.app.get(ConversationsRepository);
    for (const metadata of [{}, { topic: 'x' }]) {
      const steps = await plans(() =>
        conversations.page(
          defaultCaller,
          { limit: 20, order, after: null },
          { metadata, ...anyTime },
        ),
      );
      expect(steps.filter((step) => step.includes('conversations_in_order')).length).toBe(
        Object.keys(metadata).length + 1,
      );
      expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
    }
  });

  it('of items enters their key', async () => {
    const items = service.app.get(ItemsRepository);
    const params = { limit: 20, order: 'asc', after: 'msg_1' } as const;
    const steps = await plans(() => items.page(defaultCaller, conversation, params));
    expect(steps).toContainEqual(
      expect.stringContaining('PRIMARY KEY (conversation_id=? AND position>?)'),
    );
    expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
  });

  it.each(['asc', 'desc'] as const)('of shares enters its index (%s)', async (order) => {
    const shares = service.app.get(SharesRepository);
    const range = `shares_in_order (owner_id=? AND sequence${order === 'asc' ? '>' : '<'}?)`;
    for (const [after, index] of [
      [null, 'shares_in_order (owner_id=?)'],
      [share, range],
    ] as const) {
      const params = { limit: 20, order, after };
      const steps = await plans(() => shares.page(defaultCaller, params, { conversationId: null }));
      expect(steps.at(-1)).toContain(index);
      expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([]);
    }
  });

  it('of a conversation’s shares reads no others', async () => {
    const shares = service.app.get(SharesRepository);
    const params = { limit: 20, order: 'desc', after: null } as const;
    const filter = { conversationId: conversation };
    const steps = await plans(() => shares.page(defaultCaller, params, filter));
    expect(steps).toContainEqual(
      expect.stringContaining('shares_conversation_id (conversation_id=?)'),
    );
  });

  it('of shares past their time enters the indexes of both', async () => {
    const steps = await plans(() => service.app.get(SharesRepository).deleteExpired(20));
    for (const index of ['shares_created_at', 'shares_expires_at']) {
      expect(steps).toContainEqual(expect.stringContaining(index));
    }
    expect(steps.filter((step) => step.startsWith('SCAN shares'))).toEqual([]);
  });

  it('of API keys enters its index', async () => {
    const keys = service.app.get(KeyListRepository);
    const steps = await plans(() => keys.list({ limit: 20, after: place }));
    expect(steps).toEqual([expect.stringContaining('api_keys_in_order (created_at>?)')]);
  });

  it('of the newest responses in a conversation sorts nothing', async () => {
    const responses = service.app.get(ResponsesRepository);
    const steps = await plans(() => responses.findNewestIn(defaultCaller, conversation, 20));
    expect(steps).toEqual([expect.stringContaining('responses_in_conversation')]);
  });

  it('of conversations by an item of theirs, and of such items, is read through an index', async () => {
    const items = service.app.get(ItemsRepository);
    const steps = await plans(() => items.findConversations(defaultCaller, ['x']));
    expect(steps.filter((step) => step.includes(' conversations'))).toEqual([
      expect.stringMatching(/^SEARCH conversations USING INDEX conversations_by_items/),
    ]);
    const such = await plans(() => items.findSome(conversation, ['msg_x'], 1_000));
    expect(such.filter((step) => step.includes(' items'))).toEqual(
      Array(2).fill(expect.stringMatching(/^SEARCH items USING PRIMARY KEY/)),
    );
  });

  it('are found by an item of theirs through an index', async () => {
    const responses = service.app.get(ResponsesRepository);
    const steps = await plans(() => responses.findBeginning(defaultCaller, ['x'], 1_000));
    const such = expect.stringMatching(
      /^SEARCH responses USING INDEX responses_by_items/,
    ) as string;
    expect(steps.filter((step) => step.includes(' responses'))).toEqual([such, such]);
  });
});
