import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { Database } from '../../src/platform/database/database.js';
import { countRows, write } from '../support/database-file.js';
import type { TestService } from '../support/service.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();

const dayMs = 86_400_000;

function sweep({ app }: TestService): Promise<number> {
  return app.get(ConversationExpiryTask, { strict: false }).sweep();
}

describe('the sweep for expired conversations', () => {
  it('deletes them with all that was said, and nothing else', async () => {
    const { service, caller } = await start({});
    const old = await caller.create();
    await caller.chat(old, 'Q');
    await caller.post('store', '', { conversation: old });
    service.clock.advance(dayMs);
    const young = await caller.create();
    await caller.chat(young, 'Q');
    expect(countRows(service, 'conversations')).toBe(2);
    expect(await sweep(service)).toBe(1);
    expect(countRows(service, 'conversations')).toBe(1);
    expect(countRows(service, 'items')).toBe(2);
    expect(countRows(service, 'shares')).toBe(1);
    expect(await caller.sentences(young)).toEqual(['Q', 'You said: Q']);
    expect(await sweep(service)).toBe(0);
  });

  it('works in batches and logs the count, without ids or texts', async () => {
    const { service, caller } = await start({});
    const ids: string[] = [];
    for (let round = 0; round < 12; round += 1) {
      const created = Array.from({ length: 50 }, () => caller.create('a-secret-prompt'));
      ids.push(...(await Promise.all(created)));
    }
    service.clock.advance(dayMs);
    const writes = jest.spyOn(service.app.get(Database, { strict: false }), 'write');
    expect(await sweep(service)).toBe(600);
    expect(writes.mock.calls.length).toBeGreaterThan(1);
    expect(countRows(service, 'conversations')).toBe(0);
    expect(service.log.lines.filter((line) => line.includes('"count":600'))).toHaveLength(1);
    expect(service.log.text).not.toContain(ids[0]);
    expect(service.log.text).not.toContain('a-secret-prompt');
  });

  it('leaves a conversation alone whose turn is running', async () => {
    const { service, caller } = await start({ TURN_LEASE_SECONDS: '3600' });
    const [claimed, idle] = [await caller.create(), await caller.create()];
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(claimed, 'Q');
    await service.simulator.waitForCalls(1);
    service.clock.advance(3_000_000);
    // As a turn leaves it whose lease was renewed for longer than the conversation would live.
    write(service, 'UPDATE conversations SET expires_at = 1 WHERE id = @id', { id: claimed });
    expect(await sweep(service)).toBe(1);
    expect((await caller.post('context', '', { conversation: idle })).status).toBe(404);
    service.simulator.release();
    expect((await running).status).toBe(200);
    expect(await caller.sentences(claimed)).toEqual(['Q', 'You said: Q']);
  });

  it('deletes nothing with CONVERSATION_TTL_SECONDS=0', async () => {
    const { service, caller } = await start({ CONVERSATION_TTL_SECONDS: '0' });
    await caller.create();
    service.clock.advance(1_000 * dayMs);
    expect(await sweep(service)).toBe(0);
    expect(countRows(service, 'conversations')).toBe(1);
  });

  it('says nothing when there was nothing to delete', async () => {
    const { service, caller } = await start({});
    await caller.create();
    const before = service.log.lines.length;
    expect(await sweep(service)).toBe(0);
    expect(service.log.lines.slice(before)).toEqual([]);
  });
});
