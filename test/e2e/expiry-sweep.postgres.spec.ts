import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { countRows } from '../support/database-file.js';
import { insertExpired } from '../support/expired-conversations.js';
import { startService, type TestService } from '../support/service.js';

/** Nobody sweeps but the test. */
const quiet = { EXPIRY_SWEEP_SECONDS: '86400' };
let services: TestService[];

beforeAll(async () => {
  const first = await startService(quiet);
  services = [first, await startService(quiet, first.folder)];
});
afterAll(async () => {
  const [first, second] = services;
  await second?.app.close();
  await second?.simulator.close();
  await first?.close();
});

function sweep({ app }: TestService): Promise<number> {
  return app.get(ConversationExpiryTask, { strict: false }).sweep();
}

describe('the sweep for expired conversations', () => {
  it('is shared by replicas that are at it at once', async () => {
    await insertExpired(services[0]!, 5_000, 2);
    const deleted = await Promise.all(services.map(sweep));
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(5_000);
    for (const count of deleted) expect(count).toBeGreaterThan(0);
    expect(countRows(services[0]!, 'items')).toBe(0);
  });
});
