import { ManualClock } from '../../test/support/manual-clock.js';
import { KeyCipher } from '../keys/key-cipher.js';
import type { KeyVaultService } from '../keys/key-vault.service.js';
import { Attempts } from '../rate-limit/attempts.js';
import { MemoryThrottlerStorage } from '../rate-limit/memory.throttler-storage.js';
import { ShareLocks, unlockedForSeconds } from './share-locks.js';
import {
  SharePasswordRequiredError,
  SharePasswordWrongError,
  TooManyPasswordsError,
} from './shares.errors.js';

const password = 'secret12';
const client = '::1';

let clock: ManualClock;
let locks: ShareLocks;
let share: { id: string; password: string };

beforeEach(async () => {
  clock = new ManualClock();
  locks = locksWith(Buffer.alloc(32, 1));
  share = { id: 'share_1', password: await locks.hash(password) };
});

function locksWith(key: Buffer): ShareLocks {
  const vault: Pick<KeyVaultService, 'cipherFor'> = { cipherFor: (id) => KeyCipher.of(id, key) };
  const attempts = new Attempts(
    new MemoryThrottlerStorage(clock),
    new MemoryThrottlerStorage(clock),
  );
  return new ShareLocks(attempts, vault as KeyVaultService, clock);
}

describe('a share with a password', () => {
  it('lets past who has it, and nobody else', async () => {
    await expect(locks.demand(share, { password, client })).resolves.toBeUndefined();
    const wrong = locks.demand(share, { password: 'secret13', client });
    await expect(wrong).rejects.toThrow(SharePasswordWrongError);
    await expect(locks.demand(share)).rejects.toThrow(SharePasswordRequiredError);
  });

  it('opens by its cookie for so long', async () => {
    const cookie = await locks.unlock(share, password, client);
    expect(cookie).toMatch(/^[\w-]+$/);
    clock.advance(unlockedForSeconds * 1_000 - 1);
    await expect(locks.demand(share, { cookie })).resolves.toBeUndefined();
    clock.advance(1);
    await expect(locks.demand(share, { cookie })).rejects.toThrow(SharePasswordRequiredError);
  });

  it('makes no cookie for a wrong password', async () => {
    const unlocked = locks.unlock(share, 'secret13', client);
    await expect(unlocked).rejects.toThrow(SharePasswordWrongError);
  });

  it('does not open by the cookie of another share, password or service, or by none', async () => {
    const cookie = await locks.unlock(share, password, client);
    const another = await locks.hash(password);
    const others = [
      locks.demand({ ...share, id: 'share_2' }, { cookie }),
      locks.demand({ ...share, password: another }, { cookie }),
      locksWith(Buffer.alloc(32, 2)).demand(share, { cookie }),
      ...['', 'x', `${cookie.slice(0, -2)}AA`, cookie + cookie, '9'.repeat(80)].map((made) =>
        locks.demand(share, { cookie: made }),
      ),
    ];
    const outcomes = await Promise.allSettled(others);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: expect.any(SharePasswordRequiredError) as unknown });
    }
  });

  it('is tried ten times a minute from one address, right or wrong', async () => {
    const tries = Array.from({ length: 11 }, (_, index) =>
      locks.demand(share, { password: index % 2 ? password : 'secret13', client }),
    );
    const outcomes = await Promise.allSettled(tries);
    const reasons = outcomes.map((each): unknown =>
      each.status === 'rejected' ? each.reason : null,
    );
    expect(reasons.filter((reason) => reason === null)).toHaveLength(5);
    expect(reasons.at(-1)).toBeInstanceOf(TooManyPasswordsError);
    expect(reasons.at(-1)).toMatchObject({ status: 429, retryAfterSeconds: 60 });
    const cookie = await locks.unlock(share, password, '::2');
    await expect(locks.demand(share, { cookie })).resolves.toBeUndefined();
    clock.advance(60_000);
    await expect(locks.demand(share, { password, client })).resolves.toBeUndefined();
  });
});

describe('a share without a password', () => {
  it('is open to everyone, however often', async () => {
    const open = { id: 'share_1', password: null };
    for (let time = 0; time < 20; time += 1) {
      await locks.demand(open, { password: 'anything', client });
    }
    await expect(locks.demand(open)).resolves.toBeUndefined();
    await expect(locks.unlock(open, 'anything', client)).resolves.toBe('');
  });
});
