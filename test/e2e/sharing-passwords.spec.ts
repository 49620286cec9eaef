import { shareCookie } from '../../src/api/chatgpt/share-password.decorator.js';
import { SharingService } from '../../src/sharing/sharing.service.js';
import { scrape } from '../support/scrape.js';
import { startService, type TestService } from '../support/service.js';
import { listShares, openShare, storeShare, sharedConversation } from '../support/shares.js';
import { query } from '../support/stored.js';
import { useService } from '../support/use-service.js';
import { withService } from '../support/with-service.js';

const { service, caller } = useService({ V1_LIST: 'true' });

function sharingOf({ app }: TestService): SharingService {
  return app.get(SharingService, { strict: false });
}

describe('a share with a password', () => {
  const password = 'mot de passe';

  it('is shown to programs that send it, and to nobody else', async () => {
    const id = await sharedConversation(caller);
    const share = await storeShare(caller, id, { password });
    const counted = async () => (await scrape(service.url)).value('alice_share_views_total');
    const before = await counted();
    for (const path of [share, id]) {
      const refused = await openShare(service.url, path);
      expect(refused).toMatchObject({
        status: 401,
        text: 'This share asks for its password: send it in the header share-password',
      });
      expect(refused.headers.get('www-authenticate')).toBe('Share-Password');
      expect(refused.headers.get('x-robots-tag')).toBe('noindex');
      expect(await openShare(service.url, path, { 'share-password': 'another one' })).toMatchObject(
        {
          status: 403,
          text: 'This is not the password of the share',
        },
      );
      expect((await openShare(service.url, path, { cookie: 'share=made-up; a=b' })).status).toBe(
        401,
      );
      const shown = await openShare(service.url, path, { 'share-password': password });
      expect(shown.status).toBe(200);
      expect(JSON.parse(shown.text)).toMatchObject({
        Id: path,
        SentenceList: ['Q1', 'You said: Q1'],
      });
    }
    expect(await counted()).toBe(before + 2);
  });

  it('is opened once and read by the cookie from then on, until it expires', async () => {
    const [share, other] = [
      await storeShare(caller, await sharedConversation(caller), { password }),
      await storeShare(caller, await sharedConversation(caller), { password }),
    ];
    const value = await sharingOf(service).unlock(share, password, '::1');
    const cookie = `a=b; ${shareCookie}=${value}`;
    expect((await openShare(service.url, share, { cookie })).status).toBe(200);
    expect((await openShare(service.url, other, { cookie })).status).toBe(401);
    service.clock.advance(43_200_000);
    expect((await openShare(service.url, share, { cookie })).status).toBe(401);
  });

  it('is opened by the cookie on every process of the database', async () => {
    const share = await storeShare(caller, await sharedConversation(caller), { password });
    const value = await sharingOf(service).unlock(share, password, '::1');
    const second = await startService({}, service.folder);
    try {
      expect(
        (await openShare(second.url, share, { cookie: `${shareCookie}=${value}` })).status,
      ).toBe(200);
    } finally {
      await second.app.close();
      await second.simulator.close();
    }
  });

  it('is tried ten times a minute from one address', async () => {
    const share = await storeShare(caller, await sharedConversation(caller), { password });
    const wrong = { 'share-password': 'another one' };
    const tries = await Promise.all(
      Array.from({ length: 15 }, () => openShare(service.url, share, wrong)),
    );
    const statuses = tries.map(({ status }) => status);
    expect(statuses.filter((status) => status === 403)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    const late = await openShare(service.url, share, { 'share-password': password });
    expect(late.status).toBe(429);
    expect(late.text).toMatch(/^Too many passwords were tried for this share, try again in \d+ s$/);
    expect(Number(late.headers.get('retry-after'))).toBeGreaterThan(0);
    service.clock.advance(60_000);
    expect((await openShare(service.url, share, { 'share-password': password })).status).toBe(200);
  });

  it('is tried by each address that a trusted proxy names', async () => {
    await withService({ TRUST_PROXY: '1' }, async (other, callers) => {
      const own = await storeShare(callers, await sharedConversation(callers), { password });
      const from = (address: string) => ({
        'share-password': 'another',
        'x-forwarded-for': address,
      });
      const tries = Array.from({ length: 11 }, () =>
        openShare(other.url, own, from('203.0.113.1')),
      );
      const statuses = (await Promise.all(tries)).map(({ status }) => status);
      expect(statuses.filter((status) => status === 429)).toHaveLength(1);
      expect((await openShare(other.url, own, from('203.0.113.2'))).status).toBe(403);
    });
  });

  it('does not tell it in the log, the database or a list', async () => {
    const [secret, wrong] = ['never-to-be-told', 'never-to-be-told-either'];
    const share = await storeShare(caller, await sharedConversation(caller), { password: secret });
    await openShare(service.url, share, { 'share-password': wrong });
    await openShare(service.url, share, { 'share-password': secret });
    await caller.post('store', JSON.stringify({ password: secret, x: 1 }), { conversation: 'a' });
    const rows = query(service.databaseFile, 'SELECT * FROM shares');
    const { data } = await listShares(service.url);
    expect(service.log.text + JSON.stringify([rows, data])).not.toContain('never-to-be-told');
    expect(JSON.stringify(data)).not.toContain('scrypt');
  });
});
