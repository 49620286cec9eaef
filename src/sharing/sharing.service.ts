import { Injectable } from '@nestjs/common';
import { setImmediate as otherWork } from 'node:timers/promises';
import type { Counter } from 'prom-client';
import type { Caller } from '../auth/caller.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { InvalidFieldError } from '../platform/errors/http.errors.js';
import { IdSource } from '../platform/ids/id-source.js';
import { Metrics } from '../platform/telemetry/metrics.js';
import { unsafeCast } from '../platform/unsafe-cast.js';
import { Settings } from '../config/settings.js';
import {
  ConversationNotFoundError,
  CursorNotFoundError,
} from '../conversations/conversations.errors.js';
import { ConversationsService } from '../conversations/conversations.service.js';
import type { Page, PageQuery } from '../conversations/page.js';
import { ShareLocks, type SharePassword } from './share-locks.js';
import { mostDaysOf, type ShareOptions } from './share-options.js';
import { titleOf } from './share-title.js';
import {
  contentOf,
  contentOfSentences,
  sentencesOf,
  sharedKindOf,
  withoutPrompt,
  type SharedContent,
} from './shared-content.js';
import type { SharedConversation } from './shared-conversation.js';
import { PromptNotSharedError, ShareNotFoundError, SharingOffError } from './shares.errors.js';
import {
  SharesRepository,
  type ShareFilter,
  type ShareRecord,
  type ShareTexts,
} from './shares.repository.js';

const dayMs = 86_400_000;

/** Frozen copies of conversations, open to anyone who knows their id, and the password if there is one. */
@Injectable()
export class SharingService {
  private readonly views: Counter;

  constructor(
    private readonly conversations: ConversationsService,
    private readonly shares: SharesRepository,
    private readonly locks: ShareLocks,
    private readonly ids: IdSource,
    private readonly settings: Settings,
    metrics: Metrics,
  ) {
    this.views = metrics.counter('alice_share_views_total', 'How often shares were shown');
  }

  /**
   * Freezes the last committed state under an id of its own.
   *
   * @throws SharingOffError, ConversationNotFoundError, InvalidFieldError or PromptNotSharedError
   */
  async store(
    caller: Caller,
    conversationId: string,
    options: ShareOptions = {},
  ): Promise<ShareRecord> {
    this.demandSharing();
    const showPrompt = this.showsPrompt(options);
    const timeToLiveMs = this.timeToLiveMs(options);
    const snapshot = await this.conversations.getSnapshot(caller, conversationId);
    // A long one was read in one go, and will be written in another.
    await otherWork();
    const content = contentOf(snapshot, showPrompt);
    const { title = titleOf(content.turns), password } = options;
    const unitOfWork = new UnitOfWork();
    // Or a share would be made of what is deleted, with all of its shares, at this moment.
    unitOfWork.add(this.conversations.presence(caller, conversationId));
    const stored = await this.shares.insert(
      caller,
      {
        id: this.ids.next('share'),
        ...{ conversationId, title, timeToLiveMs },
        kind: sharedKindOf(snapshot),
        model: snapshot.lastModel ?? snapshot.model,
        content: JSON.stringify(content),
        password: password === undefined ? null : await this.locks.hash(password),
      },
      unitOfWork,
    );
    if (!stored) throw new ConversationNotFoundError(conversationId);
    return stored;
  }

  /**
   * Takes back a share by its own id, or all of a conversation by the conversation's.
   *
   * @throws SharingOffError or ShareNotFoundError
   */
  async delete(caller: Caller, id: string): Promise<void> {
    this.demandSharing();
    if ((await this.shares.delete(caller, id)) === 0) throw new ShareNotFoundError();
  }

  /**
   * Deletes a conversation, also where SHARING is off.
   *
   * @param isWithShares whether all of its shares are deleted too, in the same write
   * @throws ConversationNotFoundError or TurnRunningError
   */
  finish(caller: Caller, conversationId: string, isWithShares: boolean): Promise<void> {
    const unitOfWork = new UnitOfWork();
    if (isWithShares) unitOfWork.add(this.shares.deletionOf(caller, conversationId));
    return this.conversations.finish(caller, conversationId, unitOfWork);
  }

  /** @throws SharingOffError or CursorNotFoundError */
  async list(caller: Caller, params: PageQuery, filter: ShareFilter): Promise<Page<ShareRecord>> {
    this.demandSharing();
    const page = await this.shares.page(caller, params, filter);
    if (page === 'no-cursor') throw new CursorNotFoundError(params.after ?? '');
    return page;
  }

  /**
   * A share by its own id, or the newest one of a conversation by the conversation's, whoever asks.
   *
   * @throws SharingOffError, ShareNotFoundError, SharePasswordRequiredError, SharePasswordWrongError,
   *   TooManyPasswordsError or PasswordsBusyError
   */
  // eslint-disable-next-line alice/caller-first -- whoever knows its id may read it
  async get(id: string, proof?: SharePassword): Promise<SharedConversation> {
    const share = await this.find(id);
    await this.locks.demand(share, proof);
    const texts = await this.shares.findTexts(share.sequence);
    if (!texts) throw new ShareNotFoundError();
    this.views.inc();
    return toShared(share, this.shownOf(texts));
  }

  /**
   * Proves a share's password once.
   *
   * @param client the address that it comes from
   * @returns what a cookie keeps, for {@link get}; see {@link ShareLocks.unlock}
   * @throws SharingOffError, ShareNotFoundError, SharePasswordWrongError, TooManyPasswordsError or
   *   PasswordsBusyError
   */
  // eslint-disable-next-line alice/caller-first -- whoever knows its password may read it
  async unlock(id: string, password: string, client: string): Promise<string> {
    return this.locks.unlock(await this.find(id), password, client);
  }

  private async find(id: string): Promise<ShareRecord> {
    this.demandSharing();
    const { isByConversationId } = this.settings.sharing;
    const found =
      (await this.shares.findById(id)) ??
      (isByConversationId ? await this.shares.findNewestOf(id) : null);
    if (!found) throw new ShareNotFoundError();
    return found;
  }

  private demandSharing(): void {
    if (!this.settings.sharing.isOn) throw new SharingOffError();
  }

  private showsPrompt({ showPrompt }: ShareOptions): boolean {
    const { showsPrompt } = this.settings.sharing;
    if (showPrompt === true && !showsPrompt) throw new PromptNotSharedError();
    return showPrompt ?? showsPrompt;
  }

  private timeToLiveMs({ expiresInDays }: ShareOptions): number | null {
    if (expiresInDays === undefined) return null;
    const most = mostDaysOf(this.settings.sharing.ttlDays);
    if (expiresInDays <= most) return expiresInDays * dayMs;
    const detail = `expires_in_days must be a whole number from 1 to ${most}`;
    throw new InvalidFieldError('expires_in_days', 'invalid_value', detail);
  }

  /** By the setting of now: what was stored when it was another one too. */
  private shownOf({ content, prompt, sentences }: ShareTexts): SharedContent {
    const stored =
      content === null
        ? contentOfSentences(prompt, sentences)
        : unsafeCast<SharedContent>(JSON.parse(content));
    return this.settings.sharing.showsPrompt ? stored : withoutPrompt(stored);
  }
}

function toShared(
  { id, title, kind, model, createdAt, expiresAt }: ShareRecord,
  { prompt, turns }: SharedContent,
): SharedConversation {
  return {
    ...{ id, title, createdAt, prompt, turns },
    ...(kind === null ? {} : { kind }),
    ...(model === null ? {} : { model }),
    ...(expiresAt === null ? {} : { expiresAt }),
    sentences: sentencesOf(turns),
  };
}
