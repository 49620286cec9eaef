import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { useService } from '../support/use-service.js';

const dayMs = 86_400_000;
const { service, caller } = useService();

// On SQLite the database's clock is the machine's, which somebody may set.

function sweep(): Promise<number> {
  return service.app.get(ConversationExpiryTask, { strict: false }).sweep();
}

async function isKnown(id: string): Promise<boolean> {
  return (await caller.post('context', '', { conversation: id })).status === 200;
}

describe('conversations and a clock that is set', () => {
  it('are unknown while it is ahead, and there again when it is put right', async () => {
    const id = await caller.create();
    service.clock.setBy(dayMs);
    expect(await isKnown(id)).toBe(false);
    expect(await sweep()).toBe(0);
    service.clock.setBy(-dayMs);
    expect(await sweep()).toBe(0);
    expect(await isKnown(id)).toBe(true);
    expect(service.log.text).toContain('database.clock_set');
    await caller.post('finish', '', { conversation: id });
  });

  it('are deleted when it stays ahead until the next sweep', async () => {
    await caller.create();
    service.clock.setBy(dayMs);
    expect(await sweep()).toBe(0);
    expect(await sweep()).toBe(1);
  });

  it('are deleted at once when it was time that passed', async () => {
    await caller.create();
    service.clock.advance(dayMs);
    expect(await sweep()).toBe(1);
  });
});
