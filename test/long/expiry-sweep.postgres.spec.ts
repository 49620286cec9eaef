import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ConversationExpiryTask } from '../../src/conversations/conversation-expiry.task.js';
import { insertExpired } from '../support/expired-conversations.js';
import { useServices } from '../support/use-service.js';

const { start } = useServices();

const million = 1_000_000;
const mebibyte = 1_048_576;
/** Often enough to see a list of a million ids, which would be there from the first batch on. */
const lookEveryMs = 3_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is in use, garbage apart: when that is collected depends on all that ran before. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('the sweep for expired conversations', () => {
  it('needs no more memory for a million of them', async () => {
    const { service } = await start({ EXPIRY_SWEEP_SECONDS: '86400' });
    await insertExpired(service, million, 0);
    const before = heapInUse();
    let most = before;
    const watch = setInterval(() => {
      most = Math.max(most, heapInUse());
    }, lookEveryMs);
    const deleted = await service.app.get(ConversationExpiryTask, { strict: false }).sweep();
    clearInterval(watch);
    expect(deleted).toBe(million);
    expect((most - before) / mebibyte).toBeLessThan(64);
  });
});
