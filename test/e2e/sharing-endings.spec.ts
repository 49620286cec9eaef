import { openShare, storeShare, sharedConversation, revokeShare } from '../support/shares.js';
import { query, storedClaim } from '../support/stored.js';
import { useService } from '../support/use-service.js';

const { service, caller } = useService();

describe('finish with the header shares', () => {
  it('takes all shares of the conversation along, and no others', async () => {
    const [id, other] = [await sharedConversation(caller), await sharedConversation(caller)];
    const shares = [await storeShare(caller, id), await storeShare(caller, id), id];
    const kept = await storeShare(caller, other);
    const headers = { conversation: id, shares: 'delete' };
    expect(await caller.post('finish', '', headers)).toMatchObject({
      status: 200,
      text: 'Conversation finished',
    });
    for (const share of shares) expect((await openShare(service.url, share)).status).toBe(404);
    expect((await openShare(service.url, kept)).status).toBe(200);
    expect((await caller.post('finish', '', headers)).status).toBe(404);
  });

  it.each(['keep', ''])('leaves them with "%s"', async (shares) => {
    const id = await sharedConversation(caller);
    const share = await storeShare(caller, id);
    expect((await caller.post('finish', '', { conversation: id, shares })).status).toBe(200);
    expect((await openShare(service.url, share)).status).toBe(200);
  });

  it('refuses any other word, and does nothing', async () => {
    const id = await sharedConversation(caller);
    const answer = await caller.post('finish', '', { conversation: id, shares: 'all' });
    expect(answer).toMatchObject({ status: 400, text: 'shares must be keep or delete' });
    expect(await caller.sentences(id)).toHaveLength(2);
  });

  it('deletes no share of a conversation whose turn runs', async () => {
    const id = await sharedConversation(caller);
    const share = await storeShare(caller, id);
    service.simulator.behave({ holdBeforeAnswer: true });
    const running = caller.chat(id, 'Q2');
    await service.simulator.waitForCalls(1);
    const headers = { conversation: id, shares: 'delete' };
    expect((await caller.post('finish', '', headers)).status).toBe(409);
    expect((await openShare(service.url, share)).status).toBe(200);
    service.simulator.release();
    await running;
    expect(storedClaim(service.databaseFile, id).claim).toBeNull();
  });

  it('leaves nothing behind that is stored at the same moment', async () => {
    for (let round = 0; round < 8; round += 1) {
      const id = await sharedConversation(caller);
      const calls = Array.from({ length: 6 }, (_, index) =>
        index === 3
          ? caller.post('finish', '', { conversation: id, shares: 'delete' })
          : caller.post('store', '', { conversation: id }),
      );
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      expect(statuses[3]).toBe(200);
      expect(statuses.every((status) => status === 200 || status === 404)).toBe(true);
      const left = query(
        service.databaseFile,
        'SELECT id FROM shares WHERE conversation_id = ?',
        id,
      );
      expect(left).toEqual([]);
    }
  });
});

describe('taking a share back twice at once', () => {
  it('succeeds once', async () => {
    const share = await storeShare(caller, await sharedConversation(caller));
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => revokeShare(service.url, share)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 404, 404, 404]);
  });
});
