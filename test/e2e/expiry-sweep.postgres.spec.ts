import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { countRows } from '../support/database-file.js';
import { insertExpired } from '../support/expired-conversations.js';
import type { TestService } from '../support/service.js';
import { useServices } from '../support/use-service.js';

/** Nobody sweeps but the test. */
const { start } = useServices({ EXPIRY_SWEEP_SECONDS: '86400' });

function sweep({ app }: TestService): Promise<number> {
  return app.get(ConversationExpiryTask, { strict: false }).sweep();
}

describe('the sweep for expired conversations', () => {
  it('is shared by replicas that are at it at once', async () => {
    const { service: first } = await start();
    const { service: second } = await start({}, first.folder);
    await insertExpired(first, 5_000, 2);
    const deleted = await Promise.all([first, second].map(sweep));
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(5_000);
    for (const count of deleted) expect(count).toBeGreaterThan(0);
    expect(countRows(first, 'items')).toBe(0);
  });
});
