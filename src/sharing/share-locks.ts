import { Injectable } from '@nestjs/common';
import type { KeyCipher } from '../keys/key-cipher.js';
import { KeyVaultService } from '../keys/key-vault.service.js';
import { AtMost } from '../platform/lifecycle/at-most.js';
import { Clock } from '../platform/time/clock.js';
import { Attempts } from '../rate-limit/attempts.js';
import { hashPassword, isPassword, saltOf } from './password-hash.js';
import type { ShareRecord } from './shares.repository.js';
import {
  PasswordsBusyError,
  SharePasswordRequiredError,
  SharePasswordWrongError,
  TooManyPasswordsError,
} from './shares.errors.js';

/** What a reader proves a share's password with. */
export type SharePassword =
  /** The value of a cookie that {@link ShareLocks.unlock} made. */
  | { cookie: string }
  /** The password itself, from an address. */
  | { password: string; client: string };

/** What there is to know of a share that may have a password. */
type LockedShare = Pick<ShareRecord, 'id' | 'password'>;

/** How long the cookie opens a share. */
export const unlockedForSeconds = 43_200;

/** Node computes them on four threads, which files and names of hosts need too. */
const atOnce = 2;
const mostWaiting = 64;

/** The passwords of shares: made, tried, and proved by a cookie from then on. */
@Injectable()
export class ShareLocks {
  private readonly hashes = new AtMost(atOnce, mostWaiting, () => new PasswordsBusyError());
  private opened: KeyCipher | null = null;

  constructor(
    private readonly attempts: Attempts,
    private readonly vault: KeyVaultService,
    private readonly clock: Clock,
  ) {}

  /** A password as it is stored. @throws PasswordsBusyError */
  hash(password: string): Promise<string> {
    return this.hashes.run(() => hashPassword(password));
  }

  /**
   * Lets past who may read a share: anyone, where it has no password.
   *
   * @throws SharePasswordRequiredError, SharePasswordWrongError, TooManyPasswordsError or
   *   PasswordsBusyError
   */
  async demand(share: LockedShare, proof?: SharePassword): Promise<void> {
    if (share.password === null) return;
    if (!proof) throw new SharePasswordRequiredError();
    if ('password' in proof) await this.attempt(share.id, share.password, proof);
    else if (!this.isUnlocked(share.id, share.password, proof.cookie)) {
      throw new SharePasswordRequiredError();
    }
  }

  /**
   * @returns the value of a cookie that opens the share for {@link unlockedForSeconds}, or until it
   *   has another password; empty where there is none
   * @throws SharePasswordWrongError, TooManyPasswordsError or PasswordsBusyError
   */
  async unlock(
    { id, password: stored }: LockedShare,
    password: string,
    client: string,
  ): Promise<string> {
    if (stored === null) return '';
    await this.attempt(id, stored, { password, client });
    const until = this.clock.now() + unlockedForSeconds * 1_000;
    const sealed = this.cipher.seal(String(until), bindingOf(id, stored));
    return Buffer.from(sealed, 'base64').toString('base64url');
  }

  private async attempt(
    id: string,
    stored: string,
    { password, client }: { password: string; client: string },
  ): Promise<void> {
    const seconds = await this.attempts.count({ target: id, client });
    if (seconds > 0) throw new TooManyPasswordsError(seconds);
    const isRight = await this.hashes.run(() => isPassword(password, stored));
    if (!isRight) throw new SharePasswordWrongError();
  }

  private isUnlocked(id: string, stored: string, cookie: string): boolean {
    const until = this.cipher.open(cookie, bindingOf(id, stored));
    return until !== null && Number(until) > this.clock.now();
  }

  private get cipher(): KeyCipher {
    this.opened ??= this.vault.cipherFor('share-password');
    return this.opened;
  }
}

/** What a cookie belongs to: one share, and the password that it had then. */
function bindingOf(id: string, stored: string): string {
  return `${id}\0${saltOf(stored)}`;
}
